"""A Kubernetes API on loopback that is as strict as a real one, and ready at once."""
