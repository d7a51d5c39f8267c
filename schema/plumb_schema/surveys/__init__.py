"""GraphQL of surveys."""
