"""The API under /v1: what agencies' systems, analysts, auditors and administrators ask, and in which form."""
