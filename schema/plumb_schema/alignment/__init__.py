"""GraphQL of alignment: rounds, proposals, the levelling board, talks, confirmation, timing."""
