"""Actions: customers as they are visited, tasks of a week or a month, what was done for them, swaps, compliance."""
