"""GraphQL of negotiations: tickets, their answers, ratings of goals."""
