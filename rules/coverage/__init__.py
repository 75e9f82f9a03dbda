"""Which alerting rule's page reaches whom: what `pingparrot rules coverage` finds out."""
