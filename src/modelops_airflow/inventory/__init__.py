"""The register: who made, checked, approved and deployed what, and what runs where now.

Tables are in `tables.py`, connections in `register.py`, the Alembic history in `migrations/`.
Only `governance/` writes; everybody may read.
"""
