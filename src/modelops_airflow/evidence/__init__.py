"""Evidence: what was measured, under the name of its content, and packs of it to take away."""
