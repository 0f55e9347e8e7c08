"""The example partnership that `mash init` makes when it is given none: invented, and looking it."""
