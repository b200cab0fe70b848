"""Reports: what a person or a program reads, one file a format, all made from one Scorecard. None knows the engine."""
