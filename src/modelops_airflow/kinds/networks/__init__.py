"""Graphs and Bayesian networks."""
