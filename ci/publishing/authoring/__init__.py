"""What changes the sources for an author: outputs renewed, the package brought in line."""
