"""What takes messages from the broker into the hub."""
