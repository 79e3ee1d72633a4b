"""Pickled models: walked without running, rebuilt from a list of names, scored in a jail."""
