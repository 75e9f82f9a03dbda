"""Settings: one table, read from the environment or from files that `…_FILE` names."""
