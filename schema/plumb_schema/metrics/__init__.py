"""GraphQL of metrics: the factor library and its graph, observations, values, benchmarks."""
