"""The points at which a test may let a process crash; nothing happens at them otherwise."""


def no_fault(point: str) -> None:
    """Let every point pass; tests put a crash here."""
