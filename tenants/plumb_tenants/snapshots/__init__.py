"""Snapshots: immutable, hash-chained pictures of a company's goals."""
