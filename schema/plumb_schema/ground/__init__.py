"""The ground that every GraphQL domain stands on: permissions, problems, ids, connections, limits, transactions."""
