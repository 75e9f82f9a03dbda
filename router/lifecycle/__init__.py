"""Pure state machines: what is due, what an act changes, what an alert means. `now` is an argument."""
