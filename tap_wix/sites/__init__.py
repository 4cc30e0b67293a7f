"""Many sites in one run: which ones there are, their share of the state, and their output as one stream of messages.

A site is read by an ordinary tap of one site, which is handed its output and its connections (`docs/decisions/0027`).
"""
