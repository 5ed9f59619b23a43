"""ME-Inject: a seeded, synthetic benchmark of micro-expression spotting.

Videos with exact truth; see training/README.md.
"""
