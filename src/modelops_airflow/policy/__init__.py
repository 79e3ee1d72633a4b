"""Policy, pure: the library and packs, how they merge, what they forbid, what a verdict is.

Nothing here reads a database, opens a model or knows Airflow; the only files it reads are the YAML
files that come with the package.
"""
