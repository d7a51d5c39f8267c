"""Retention: how long what a company keeps is kept, what is destroyed afterwards, who may stop it, and the proof of it."""
