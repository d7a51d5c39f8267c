"""GraphQL of responsibility letters."""
