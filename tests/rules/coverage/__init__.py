"""Tests of `pingparrot rules coverage`."""
