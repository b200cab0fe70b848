"""The untrusted side: a process that executes the submission, and the judge's means to talk to it."""
