"""GraphQL of revisions: the form, the impact graph, unread changes, root causes, shadow runs."""
