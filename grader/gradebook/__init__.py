"""`gradebook`, the instructor's command."""
