"""GraphQL of goals and cycles."""
