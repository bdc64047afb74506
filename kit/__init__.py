"""Tools that know nothing of customers.

What may live here: things that a program about anything else could use as they
are. What may not: a web framework, a cipher, or a word of the field (consent, record,
policy) but where an installation's folders and settings are named.
"""
