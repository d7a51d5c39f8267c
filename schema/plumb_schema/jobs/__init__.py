"""GraphQL of background jobs."""
