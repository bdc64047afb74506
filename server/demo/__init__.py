"""The demo: one customer's whole story, told in plain words and checked on the spot.

`story.tell` runs the chapters in their order. A chapter says nothing that it has not
just seen to be so: where something does not hold, it raises `DoesNotHold`, and the
demo ends there.
"""
