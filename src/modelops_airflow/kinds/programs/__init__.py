"""Programs, shared libraries and Python functions."""
