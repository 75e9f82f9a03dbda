"""How a rule set is read, one file for each noun of the language."""
