"""GraphQL: types, queries, mutations and problems, one folder per domain, over services alone."""
