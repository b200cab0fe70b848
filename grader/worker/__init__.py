"""Untrusted: all that runs inside the process of the student's code, and nothing else."""
