"""Figures of how fast things are, that somebody else can measure again."""
