"""The hub: takes in what agencies publish, keeps it, and answers what a viewer may see of a child's chronology."""
