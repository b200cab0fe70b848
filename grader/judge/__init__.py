"""Trusted: grades one submission, and decides."""
