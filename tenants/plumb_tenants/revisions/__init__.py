"""Revisions: asking for other numbers of a goal, approval by both lines, and telling everybody whom it touches (C70 to C76)."""
