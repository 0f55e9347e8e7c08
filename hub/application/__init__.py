"""The use cases: each brings the pure rules and the stores together, and records what it did."""
