"""The author's door: all that a suite imports."""
