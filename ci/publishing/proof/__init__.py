"""What proves the book: chapters run again, other conditions, planted mistakes."""
