"""The ground that every room stands on: settings, clock, numbers, database, identity, queue, documents, storage."""
