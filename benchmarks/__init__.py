"""Measurements as ratios within one run; see noxfile.py."""

import os

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled: it need not be at each start
