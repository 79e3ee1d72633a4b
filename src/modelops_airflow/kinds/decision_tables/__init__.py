"""Decisions that people wrote: our tables, DMN and JDM."""
