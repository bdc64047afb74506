"""The one door to sealed records: question, decision, permit, disclosure."""
