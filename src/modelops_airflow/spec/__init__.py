"""YAML in, frozen objects out.

`read_model(path)`, `read_lifecycle(path)`, `read_policy(path)` and `read_governance(path)` either
return a frozen object or raise one `SpecError` that holds every problem of the file, each with
line and column. Nothing outside this package ever sees YAML.
"""
