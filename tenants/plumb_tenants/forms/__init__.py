"""Forms: what people fill in, its rules, and what they submitted under which version."""
