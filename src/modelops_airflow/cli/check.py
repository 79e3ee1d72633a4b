"""modelops check: one check on any data, without a life cycle."""

from __future__ import annotations

import json as json_text
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..digest import Digest, digest_bytes
from ..errors import ArtifactError, CheckError, DataError
from ..spec.project import Project
from .kept import keeping
from .late import Late
from .options import Json
from .output import print_json, print_table
from .picture import draw, drawable

if TYPE_CHECKING:
    from ..checks import Champion
    from ..kinds import Scorer
    from ..measurement import Measurement
    from ..parameters import Parameter

LISTS = ("protected", "key", "ignore", "texts")
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
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of the model to ask; see: modelops kinds.")] = None,
    artifact: Annotated[str | None, typer.Option("--artifact", help="Its file: scanned first, and opened only if that passes.")] = None,
    model_with: Annotated[list[str] | None, typer.Option("--model-with", help="An option of its kind: key=value; may be repeated.")] = None,
    champion_artifact: Annotated[str | None, typer.Option("--champion-artifact", help="File of the version in use, to compare with: the check champion.")] = None,
    champion_kind: Annotated[str | None, typer.Option("--champion-kind", help="Its kind, if not the same.")] = None,
    labels: Annotated[str | None, typer.Option("--labels", help="Files of a truth that arrives late; with --labels-key and --matures-after.")] = None,
    labels_key: Annotated[str, typer.Option("--labels-key", help="Column that says which label is of which row.")] = "",
    matures_after: Annotated[str, typer.Option("--matures-after", help="How old a row must be before its label is used, such as P12M.")] = "",
    as_of: Annotated[datetime | None, typer.Option("--as-of", help="As of when rows are mature, UTC; the newest row's time if left out.")] = None,
    keep: Annotated[Path | None, typer.Option("--keep", help="A folder for files that the check keeps, such as datasheet.md.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Also draw it: an .svg file to write, in the place of what is there.")] = None,
    json: Json = False,
) -> None:
    """Run one check on files and print what it measured; it gives no verdict."""
    from ..checks import CheckContext, asked_of, exact_methods, run_check
    from ..checks.own import named as check_named
    from ..data.prepare import profiles_of
    from ..registry import demand_extensions

    if plot is not None:
        drawable(plot)
    attach = None if keep is None else keeping(keep, name)
    demand_extensions()
    chosen = check_named(Project.around(Path()), name)
    given = dict(_pair(one, "--with") for one in with_ or [])
    named = _columns(columns)
    named |= {key: _scalar(given.pop(key)) for key in ("favourable",) if key in given and key not in chosen.parameters}
    options = {key: _option(chosen.parameters.get(key), key, text) for key, text in given.items()}
    now, before = _dataset(current), _dataset(baseline) if baseline else None
    asked_with = [_pair(one, "--model-with") for one in model_with or []]
    model, champion = _model(kind, artifact, asked_with), _champion(champion_kind or kind, champion_artifact)
    if late := Late.named(labels, labels_key, matures_after, as_of):
        now, named = late.join(now, _dataset(late.path), named)
    score = model.scorer.score if model is not None else None
    asked = asked_of([(name, options)], named.get("protected", ()))
    profiles = profiles_of(now, before, named, score=score, exact=exact_methods([options]), asked=asked)
    context = CheckContext(resolve=_file, dataset=now, baseline=before, columns=named, score=score,
                           decisions=model.scorer.decisions if model is not None else None, said=model.scorer.said if model is not None else None,
                           version=model.scorer.version if model is not None else str, fixed=model.scorer.fixed if model is not None else str,
                           champion=champion, until=datetime.now(UTC), attach=attach)
    measured = run_check(chosen, profiles, options, context=context)
    if model is not None:
        measured = replace(measured, inputs={**measured.inputs, "artifact": model.digest})
    if json:
        print_json(measured.to_json())
    else:
        _show(measured)
    if plot is not None:
        draw(plot, measured, profiles)
    if measured.status.value == "error":
        raise typer.Exit(2)


@dataclass(frozen=True)
class _Model:
    """A model that passed its scan, and the digest of what was scanned."""

    scorer: Scorer
    digest: Digest


def _model(kind: str | None, artifact: str | None, given: list[tuple[str, str]]) -> _Model | None:
    """The model of a file, through the same scan as in a life cycle.

    Raises:
        ArtifactError: it did not pass, or a policy would have to allow its kind.
        CheckError: only one of kind and artifact is named.
    """
    from ..kinds import KINDS, open_model, read_artifact, scan, verify
    from ..steps.local import connection_from_environment

    if kind is None and artifact is None:
        return None
    if kind is None or artifact is None:
        raise CheckError("--kind and --artifact go together; name both, or neither")
    if KINDS[kind].by_policy:
        raise ArtifactError(f"kind {kind} is opened only where a policy allows it; run the model's life cycle: modelops run MODEL")
    file = read_artifact(_file(artifact), artifact)
    report, digest = scan(kind, file.bytes, file=file.name), digest_bytes(file.bytes)
    options = {key: _option(KINDS[kind].parameters.get(key), key, text) for key, text in given}
    return _Model(open_model(verify(kind, file.bytes, digest, report), options, connections=connection_from_environment), digest)


def _champion(kind: str | None, artifact: str | None) -> Callable[[], Champion | str] | None:
    """The version in use that the caller names, opened when the check asks for it."""
    from ..steps.champion import named_champion
    from ..steps.run import NamedChampion

    if artifact is None:
        return None
    if kind is None:
        raise CheckError("--champion-artifact is a model of no kind; name --kind or --champion-kind")
    named = NamedChampion(_file(artifact), kind)
    return lambda: named_champion(named, kind, (), "modelops check")


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
    if kind == "Sequence[Any]":
        return _listed(key, text)
    if kind == "Sequence[str]":
        return [one for one in text.replace("+", ",").split(",") if one]
    if kind == "Mapping[str, str]":
        pairs = [one.partition(":") for one in text.replace("+", ",").split(",") if one]
        if any(not sign for _, sign, _ in pairs):
            raise CheckError(f"--with {key}={text}: expected name:value, more of them separated by +")
        return {name: value for name, _, value in pairs}
    return text if kind == "str" else _scalar(text)


def _listed(key: str, text: str) -> list[Any]:
    """A list as JSON, or texts separated by commas."""
    if not text.startswith("["):
        return [one for one in text.split(",") if one]
    try:
        return list(json_text.loads(text))
    except ValueError as error:
        raise CheckError(f"--with {key}={text}: expected a list as JSON: {error}") from None


def _show(measured: Measurement) -> None:
    print_table(("metric", "where", "value", "n", "note"), (
        (metric.name, ", ".join(f"{key} {value}" for key, value in metric.where.items()),
         "" if metric.value is None else f"{metric.value:.6g}", metric.n,
         metric.reason or ("listed, not judged" if not metric.judged else f"against {metric.reference}" if metric.reference else ""))
        for metric in measured.metrics
    ), title=f"{measured.check}, version {measured.version}: {measured.status.value}")
    for note in measured.notes:
        print(note)
