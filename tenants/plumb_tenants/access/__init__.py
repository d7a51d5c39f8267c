"""Access: the rows that an actor may reach, as conditions for SQL."""
