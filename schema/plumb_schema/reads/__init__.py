"""Compiled reads: GraphQL types made of resources, and documents made into one SQL statement."""
