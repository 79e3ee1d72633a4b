"""Assurance: how far the records of a set-up can be trusted, and who could still forge them."""
