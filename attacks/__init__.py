"""Attacks on cardsmith, each with the property that must survive it."""
