"""Reviews of items: what calls for one, who answers it, by when, and what the answer changes. Pure, and no I/O."""
