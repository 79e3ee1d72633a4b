"""Airflow tasks, one verb a file; each runs one Airflow-free step."""
