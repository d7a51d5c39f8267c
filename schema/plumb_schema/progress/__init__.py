"""GraphQL of long work as it goes on: the subscriptions, each of which is the query of its name asked again."""
