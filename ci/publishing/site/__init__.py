"""The site: a Sphinx extension, and what stands above and beside Sphinx's pages."""
