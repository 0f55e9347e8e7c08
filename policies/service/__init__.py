"""The policy service as a process of its own: the same code behind HTTP, told nothing of people and keeping nothing."""
