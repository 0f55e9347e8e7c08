"""What the hub itself records: frozen facts in the past tense. Pure data."""
