"""Migrations of all tables, in order."""
