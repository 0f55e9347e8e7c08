"""Which agencies' records are one person, by rule and with evidence. Pure: no I/O, no clock, no store."""
