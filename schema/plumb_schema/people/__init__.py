"""GraphQL of people: units, employees, their import."""
