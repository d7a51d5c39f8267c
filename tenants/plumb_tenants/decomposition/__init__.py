"""Decomposition: splitting a target over units or people by weighted factors, to the cent."""
