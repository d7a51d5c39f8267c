"""GraphQL of snapshots."""
