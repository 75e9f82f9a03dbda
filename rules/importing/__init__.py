"""alertmanager.yml made into a starting rule set that routes alike, with what could not be carried over."""
