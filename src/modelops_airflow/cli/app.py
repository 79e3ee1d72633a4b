"""All commands in one application; errors are one message and an exit code, never a traceback.

Exit codes: 0 fine, 1 a requirement failed or an action was refused, 2 the input is wrong.
"""

from __future__ import annotations

import json
import sys

import typer

from ..errors import ModelOpsError, Refused
from ..spec.document import HIDDEN
from ..spec.problem import SpecError
from . import (
    apply,
    approve,
    bring,
    catalogue,
    check,
    clocks,
    database,
    diff,
    doctor,
    document,
    edge,
    findings,
    governance,
    incidents,
    inventory,
    keys,
    ledger,
    mlflow,
    models,
    overlays,
    pack,
    past,
    plan,
    policies,
    project,
    recertify,
    retention,
    run,
    schema,
    serve,
    snapshot,
    up,
    validate,
    verify,
    waivers,
)

app = typer.Typer(
    name="modelops", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Accountability for every model in production: life cycles from YAML, approvals, evidence.",
    epilog="Every command takes --json, and --debug for a traceback. Exit codes: 0 fine, 1 failed or refused, 2 wrong input.",
)
for group in (project, bring, validate, plan, run, check, clocks, models, waivers, overlays, approve, inventory, up, apply, database, schema, catalogue, policies, past, pack, verify, document,
              ledger, doctor, governance, incidents, keys, serve, edge, mlflow, diff, findings, recertify, retention, snapshot):
    group.add_to(app)


def run_app() -> None:
    """Run one command and leave with its exit code."""
    arguments = [one for one in sys.argv[1:] if one != "--debug"]
    try:
        _refuse_hidden(arguments)
        app(args=arguments)
    except (ModelOpsError, OSError) as error:
        if len(arguments) < len(sys.argv) - 1:
            raise
        tell(error, as_json="--json" in arguments)
        sys.exit(1 if isinstance(error, Refused) else 2)


def _refuse_hidden(arguments: list[str]) -> None:
    """Messages repeat arguments, and a terminal obeys some characters and hides others."""
    for number, argument in enumerate(arguments, start=1):
        found = HIDDEN.search(argument)
        if found:
            raise ModelOpsError(f"argument {number} holds the character U+{ord(found.group()):04X}, which is invisible or "
                                "changes how text reads; write it without")


def tell(error: Exception, *, as_json: bool) -> None:
    """An error as people or programs read it."""
    if isinstance(error, OSError) and error.filename is not None:
        error = ModelOpsError(f"{error.filename} cannot be read or written: {error.strerror}")
    if not as_json:
        print(f"{error}", file=sys.stderr)
    elif isinstance(error, SpecError):
        print(json.dumps({"problems": [problem.to_json() for problem in error.problems]}, indent=2))
    else:
        print(json.dumps({"error": {"code": getattr(error, "code", "error"), "message": str(error)}}, indent=2))
