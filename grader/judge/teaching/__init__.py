"""A failure teaches: snippet, likely mistake, and the smallest example once more."""
