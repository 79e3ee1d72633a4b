"""Anchors, one kind a file."""
