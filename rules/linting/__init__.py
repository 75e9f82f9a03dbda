"""What `rules check` remarks on beside faults, one file for each noun."""
