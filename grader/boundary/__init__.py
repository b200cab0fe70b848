"""All that judge and worker both hold: data only."""
