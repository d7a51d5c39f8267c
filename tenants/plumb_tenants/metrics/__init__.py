"""Metrics: the factor library, observations of people and units, values with their age and version, benchmarks."""
