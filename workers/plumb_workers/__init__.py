"""The background: jobs, the relay that sends them, and every timer."""
