"""Airflow tasks, one verb a file; each runs one Airflow-free step.

`StandaloneCheckOperator` runs a check in a hand-written DAG; the others belong to the DAGs that
`dag.py` makes from plans.
"""
