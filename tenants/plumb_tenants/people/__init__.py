"""People: the org unit tree, employees and their import."""
