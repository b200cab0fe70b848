"""Hostile source, read before any of it runs."""
