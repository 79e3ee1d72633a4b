"""Models that answer elsewhere: services over HTTP, and vendors who deliver files of answers."""
