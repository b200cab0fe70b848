"""What this machine has: memory, processors, signals."""
