"""Notebooks to run: plain Markdown, one language, one framework or all; and their package."""
