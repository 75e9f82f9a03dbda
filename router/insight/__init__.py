"""How the calls went, in figures: pure functions of rows, a period and its time zone."""
