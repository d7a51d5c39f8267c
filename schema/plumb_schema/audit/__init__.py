"""GraphQL of the audit chain."""
