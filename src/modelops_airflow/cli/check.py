"""modelops check: one check on any data, without a life cycle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import CheckError, DataError
from .options import Json
from .output import print_json, print_table
from .picture import draw, drawable

if TYPE_CHECKING:
    from ..checks.parameter import Parameter
    from ..measurement import Measurement

LISTS = ("protected", "ignore")
SINGLE = ("target", "favourable", "prediction", "score", "time")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    name: Annotated[str, typer.Argument(help="Name of the check; see: modelops checks")],
    current: Annotated[str, typer.Option("--current", help="Parquet or CSV file, folder or pattern.")],
    baseline: Annotated[str | None, typer.Option("--baseline", help="What to compare with.")] = None,
    columns: Annotated[str, typer.Option("--columns", help="target=y,prediction=p,score=s,protected=sex+race,favourable=1")] = "",
    with_: Annotated[list[str] | None, typer.Option("--with", help="A parameter of the check: key=value; may be repeated.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Also draw it: an .svg file to write, in the place of what is there.")] = None,
    json: Json = False,
) -> None:
    """Run one check on files and print what it measured; it gives no verdict."""
    from ..checks import CHECKS, CheckContext, exact_methods, run_check
    from ..data.prepare import profiles_of
    from ..registry import load_extensions

    if plot is not None:
        drawable(plot)
    load_extensions()
    chosen = CHECKS[name]
    given = dict(_pair(one, "--with") for one in with_ or [])
    named = _columns(columns)
    named |= {key: _scalar(given.pop(key)) for key in ("favourable",) if key in given and key not in chosen.parameters}
    options = {key: _option(chosen.parameters.get(key), key, text) for key, text in given.items()}
    now, before = _dataset(current), _dataset(baseline) if baseline else None
    profiles = profiles_of(now, before, named, exact=exact_methods([options]))
    measured = run_check(name, profiles, options, context=CheckContext(resolve=_file, dataset=now))
    if json:
        print_json(measured.to_json())
    else:
        _show(measured)
    if plot is not None:
        draw(plot, measured, profiles)
    if measured.status.value == "error":
        raise typer.Exit(2)


def _dataset(source: str) -> Any:
    from ..data.dataset import open_dataset
    from ..steps.local import connection_from_environment

    return open_dataset(source, resolve=_file, connections=connection_from_environment)


def _file(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _pair(text: str, option: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise DataError(f"{option} {text!r}: expected key=value")
    return key.strip(), value.strip()


def _columns(text: str) -> dict[str, Any]:
    from ..registry import did_you_mean

    found: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        key, value = _pair(part, "--columns")
        if key in LISTS:
            found[key] = tuple(filter(None, value.split("+")))
        elif key in SINGLE:
            found[key] = _scalar(value) if key == "favourable" else value
        else:
            raise DataError(f"--columns has no {key!r}{did_you_mean(key, [*LISTS, *SINGLE])}")
    return found


def _scalar(text: str) -> str | int | float | bool:
    words: dict[str, bool] = {"true": True, "false": False}
    if text in words:
        return words[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _option(parameter: Parameter | None, key: str, text: str) -> Any:
    """A text from the command line as the parameter's type; the check itself refuses what does not fit."""
    kind = parameter.type.removesuffix(" | None") if parameter else "str"
    if kind == "Sequence[str]":
        return [one for one in text.replace("+", ",").split(",") if one]
    if kind == "Mapping[str, str]":
        pairs = [one.partition(":") for one in text.replace("+", ",").split(",") if one]
        if any(not sign for _, sign, _ in pairs):
            raise CheckError(f"--with {key}={text}: expected name:value, more of them separated by +")
        return {name: value for name, _, value in pairs}
    return text if kind == "str" else _scalar(text)


def _show(measured: Measurement) -> None:
    print_table(("metric", "where", "value", "n", "note"), (
        (metric.name, ", ".join(f"{key} {value}" for key, value in metric.where.items()),
         "" if metric.value is None else f"{metric.value:.6g}", metric.n,
         metric.reason or ("listed, not judged" if not metric.judged else f"against {metric.reference}" if metric.reference else ""))
        for metric in measured.metrics
    ), title=f"{measured.check}, version {measured.version}: {measured.status.value}")
    for note in measured.notes:
        print(note)
