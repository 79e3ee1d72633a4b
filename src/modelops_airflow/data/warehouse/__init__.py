"""Counting in the warehouse: the profile of a query's rows as aggregate queries, so that no row leaves the database.

`scan.py` builds what `data/scan.py` builds from rows. Expressions are Ibis's, compiled to the database's dialect
around the reviewed query (`statement.py`), and asked in a session that may only read (`session.py`).
"""
