"""GraphQL of actions: customers, tasks, their completion and swaps, the compliance rate."""
