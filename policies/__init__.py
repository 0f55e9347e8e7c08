"""Decides what a viewer may see of each item, facet by facet, with the rules that say so. Knows nothing of the hub.

`model` holds what is asked and answered, `rules/` the reviewed text, `ruleset` loads it, `decide` applies it, and
`client` is the door that others come through.
"""
