"""The company itself: its name, time zone, signing keys and counters."""
