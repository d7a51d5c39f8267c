"""GraphQL of the formula language: its functions and a preview on samples."""
