"""One output each: a scorecard becomes text."""
