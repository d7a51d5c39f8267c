"""Definitions: everything a company configures, as versions that never change once published."""
