"""Trusted: starts, asks, watches and ends workers."""
