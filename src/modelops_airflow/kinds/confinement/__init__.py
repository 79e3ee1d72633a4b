"""Where what a model brings runs: a process without network, other files or memory beyond its limit."""
