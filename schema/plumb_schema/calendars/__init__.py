"""GraphQL of calendars: working days, ends of terms, how long something took."""
