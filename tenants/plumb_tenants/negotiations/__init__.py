"""Negotiations: tickets about one's own goal that a superior answers in 48 hours, and anonymous ratings of goals (C58, C59)."""
