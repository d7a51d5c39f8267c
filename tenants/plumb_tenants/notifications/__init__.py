"""Notifications: what the product tells a person, once, until they have read it."""
