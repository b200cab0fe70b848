"""The walls around a worker, one file a wall."""
