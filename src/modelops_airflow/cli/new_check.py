"""modelops new check: a check of one's own to start from, with its test."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from ..errors import DataError
from .options import HERE, Json, Root
from .written import tell, write_new

_NAME = re.compile(r"[a-z][a-z0-9-]{0,99}")

_CHECK = '''\
"""Say here what this measures, and why a limit on it matters."""

from __future__ import annotations

from modelops_airflow.checks import check
from modelops_airflow.data.profile import Profiles
from modelops_airflow.errors import CheckError
from modelops_airflow.measurement import Measurement, Metric


@check("{name}", version=1, metrics=("missing_share",))
def {function}(profiles: Profiles, *, column: str) -> Measurement:
    """Share of missing values in a column of the current data.

    Args:
        column: the column to look at.
    """
    columns = profiles.current.columns
    if column not in columns:
        raise CheckError(f"the data has no column {{column!r}}; columns: {{', '.join(columns)}}")
    found = columns[column]
    return Measurement.of("{name}", [Metric("missing_share", found.nulls / found.n, {{"column": column}}, n=found.n)])
'''

_TEST = '''\
"""What the check {name} measures, and when it fails. Run in the project's folder: pytest tests"""

from __future__ import annotations

from modelops_airflow.testing import check_errors, check_fails, check_passes

LIMIT = {{"missing_share": {{"fail": "> 0.05"}}}}


def test_a_column_without_gaps_passes() -> None:
    check_passes("{name}", {{"amount": [1.0] * 20}}, require=LIMIT, column="amount")


def test_a_column_with_gaps_fails() -> None:
    check_fails("{name}", {{"amount": [1.0] * 18 + [None] * 2}}, require=LIMIT, column="amount")


def test_a_column_that_is_not_there_is_an_error() -> None:
    check_errors("{name}", {{"amount": [1.0] * 20}}, column="amuont", match="has no column 'amuont'")
'''


def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The check's name: lower-case letters, digits, hyphens.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a check of one's own and its test: checks/NAME.py and tests/test_NAME.py, to edit and to use in a step."""
    from ..checks import CHECKS
    from ..checks.own import STEPS, own_checks
    from ..spec.project import Project

    if not _NAME.fullmatch(name):
        raise DataError(f"{name!r} is no name of a check; expected lower-case letters, digits and hyphens, such as late-payments")
    project = Project.around(root)
    own = own_checks(project)
    if name in CHECKS or name in STEPS or name in own.declared or name in own.broken:
        raise DataError(f"the name {name!r} is taken; see modelops checks, and choose another")
    function = name.replace("-", "_")
    files = {f"checks/{function}.py": _CHECK, f"tests/test_{function}.py": _TEST}
    paths = {file: project.resolve(file) for file in files}
    there = [file for file, path in paths.items() if path.exists()]
    if there:
        raise DataError(f"{there[0]} is there already; choose another name")
    for file, text in files.items():
        write_new(paths[file], file, text.format(name=name, function=function), "choose another name")
    tell(list(paths.values()), json=json, then=f"edit them, run pytest tests/test_{function}.py in {project.root}, and write uses: {name} in a step")
