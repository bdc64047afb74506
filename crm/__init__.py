"""Segments, scores and workflows, once there are any: they will see disclosures alone.

So far there is their way to the database (`crm.database`).
"""
