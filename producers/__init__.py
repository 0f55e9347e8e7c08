"""What an agency runs: adapters for its files, the publisher, and invented families. Knows only the wire contract."""

from producers.publisher import Published, Publisher

__all__ = ["Published", "Publisher"]
