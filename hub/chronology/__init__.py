"""One child's events as items in order, as of a moment. Pure: no I/O, no clock, no decisions on who may see them."""
