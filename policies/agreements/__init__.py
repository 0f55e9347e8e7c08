"""Sharing agreements as data: what one organisation lets others have, to what purpose, from when to when."""
