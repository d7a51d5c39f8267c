"""Audit: an append-only hash chain per company, written in the transaction of the change (C77)."""
