"""GraphQL of approvals: tasks, acts, delegations, and who would be asked."""
