"""GraphQL of the company itself."""
