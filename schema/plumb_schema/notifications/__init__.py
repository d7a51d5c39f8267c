"""GraphQL of notifications."""
