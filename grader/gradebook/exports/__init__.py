"""Scores for learning platforms, and for people."""
