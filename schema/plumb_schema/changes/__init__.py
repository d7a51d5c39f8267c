"""Compiled changes: mutations whose answers are made by what a document was found to ask of them, once."""
