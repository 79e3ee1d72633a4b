"""Questions to the register, each a fixed number of queries whatever the size of the fleet."""
