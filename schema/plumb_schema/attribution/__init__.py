"""GraphQL of attribution: orders, shares, credit, bonus periods, disputes."""
