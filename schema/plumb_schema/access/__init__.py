"""GraphQL of access: roles that people get, why somebody may do something, and what a matrix would change."""
