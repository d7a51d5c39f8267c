"""GraphQL of definitions: kinds, drafts, versions and their typed bodies."""
