"""Surveys: anonymous answers to a form, of which only figures over enough people are ever told."""
