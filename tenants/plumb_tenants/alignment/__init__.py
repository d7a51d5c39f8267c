"""Alignment: goals set in three rounds, proposed from below, levelled side by side, confirmed by each in person."""
