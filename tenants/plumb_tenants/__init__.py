"""The business: one folder per domain, services that hold the rules, and nothing of the web or of GraphQL."""
