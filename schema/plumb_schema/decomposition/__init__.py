"""GraphQL of decomposition: plans, their nodes, explanations and reconciliations."""
