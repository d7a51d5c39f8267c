"""GraphQL of the virus scan: what it says of brought files, and what becomes of those that are held."""
