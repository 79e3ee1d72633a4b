"""The only writer of state: one verb a file, each one transaction with its event in the ledger.

What is refused is recorded as refused, in a transaction of its own, and raised.
"""
