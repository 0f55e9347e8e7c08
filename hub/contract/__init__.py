"""The contract on the wire: what an agency's message is, down to the last field. Pure data; no keys, no I/O."""
