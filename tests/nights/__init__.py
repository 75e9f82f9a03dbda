"""Nights on which pagers fail people, each as a story."""
