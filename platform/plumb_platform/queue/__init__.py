"""The outbox: jobs written in the transaction of the change that needs them; PostgreSQL is the truth, arq a wake-up."""
