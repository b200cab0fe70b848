"""Untrusted: all that runs inside the process of the student's code, and nothing else. Nothing imports it from outside."""
