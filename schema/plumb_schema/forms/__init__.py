"""GraphQL of forms: submissions, answers per field, files, synced figures, dry runs."""
