"""Calendars: which days a company works, and when a term of clock hours, working days or working hours ends."""
