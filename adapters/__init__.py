"""Parsers: what a sender posted, as bytes, becomes a Batch. No HTTP, no storage, no rules."""
