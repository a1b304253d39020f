"""What a chapter is: its file, its editions, its rules. Knows nothing of what is made of it."""
