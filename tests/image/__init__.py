"""The container image: its Dockerfile, carried out step by step without an engine, and what comes of it."""
