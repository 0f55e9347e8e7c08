"""Where the hub keeps things: the event log, the subject keys and the database that holds both."""
