"""Turns the chapters into the site and into the notebooks to run."""
