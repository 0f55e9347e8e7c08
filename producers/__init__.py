"""What an agency runs: adapters for its files, the publisher, and invented families. Knows only the wire contract."""
