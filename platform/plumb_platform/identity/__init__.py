"""Identity: accounts, memberships, sessions, API tokens, invitations and who a credential belongs to."""
