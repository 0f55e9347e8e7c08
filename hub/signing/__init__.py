"""Signatures and sealing on the wire: who sent a message, and that only the hub can read it."""
