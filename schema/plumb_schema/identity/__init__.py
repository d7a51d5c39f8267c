"""GraphQL of identity: the viewer, signing in and out, invitations, API tokens."""
