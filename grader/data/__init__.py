"""Data sets that the package ships, and who reads them."""
