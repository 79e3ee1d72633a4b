"""modelops pack: make the evidence pack of a version, take the last one that was made, or take in one of another installation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from ..errors import DataError, EvidenceError
from .here import Here, here
from .options import Json
from .output import print_json, writing
from .verify import pack_bytes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..governance.start import RunKey
    from ..inventory.tables import RunRow
    from ..steps.run import Run


MAKE, IMPORT = "make", "import"


class PackGroup(TyperGroup):
    """`modelops pack MODEL` makes a pack, as `modelops pack make MODEL` does."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words of the command, with the one that is left out."""
        return super().parse_args(ctx, args if args and args[0] in (MAKE, IMPORT, "--help") else [MAKE, *args])


packs = typer.Typer(cls=PackGroup, help="Make the evidence pack of a version (`modelops pack MODEL`), or take in one of another installation.")


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(packs, name="pack")


@packs.command(IMPORT)
def import_(
    file: Annotated[Path, typer.Argument(help="The pack, a zip file.")],
    trust: Annotated[list[str] | None, typer.Option("--trust", help="Fingerprint (sha256:...) of the sender's key, got from elsewhere; governance must name it too.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who takes it in, for the record.")] = "import",
    json: Json = False,
) -> None:
    """Take in a pack of another installation as evidence; it is verified first, and approves nothing here."""
    from ..steps.crossing import import_pack

    place = here()
    found, new = import_pack(place.register, place.store, pack_bytes(file), by, trust or ())
    if json:
        print_json({"file": str(file), "new": new, **{name: getattr(found, name) for name in SHOWN}, "made_at": found.made_at.isoformat(),
                    "gates": dict(found.gates), "gaps": list(found.gaps)})
        return
    print(f"{'took in' if new else 'was here already:'} {found.digest}: {found.model} {found.version} in {found.environment}, verdict {found.verdict}, "
          f"run {found.run}, packed {found.made_at.isoformat()}, signed by {found.signer}; {found.ledger}, level {found.level}")
    print("\n  ".join(["not proven:", *found.gaps]))


SHOWN = ("digest", "model", "version", "artifact", "environment", "verdict", "subject", "run", "signer", "level", "ledger")
"""What `modelops pack import --json` tells of a pack as it is."""


@packs.command(MAKE)
def pack(
    model: Annotated[str, typer.Argument(help="Model id.")] = "",
    version: Annotated[str, typer.Option("--version", help="Version; the one whose run was decided last if not given.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; MODEL-VERSION.zip if not given.")] = None,
    last: Annotated[bool, typer.Option("--last", help="Take the last pack that was made instead of making a new one.")] = False,
    verifier: Annotated[Path | None, typer.Option("--verifier", help="Write verify.py of this release there, to check packs with.")] = None,
    json: Json = False,
) -> None:
    """Write the evidence pack of a version: one zip that anybody can verify offline. `modelops pack MODEL` is short for it."""
    if verifier is not None:
        from ..evidence.pack import VERIFIER

        with writing("the verifier", verifier, "--verifier"):
            shutil.copyfile(VERIFIER, verifier)
    if not model and verifier is None:
        raise typer.BadParameter("name a model, or --verifier FILE", param_hint="MODEL")
    if not model:
        print(f"wrote {verifier}")
        return
    if out is not None and not out.parent.is_dir():
        raise DataError(f"the pack cannot be written to {out}: there is no folder {out.parent}; make it, or name another file with --out")
    place, digest, name = _pack(model, version, here(), last=last)
    file = out or Path(f"{model}-{name}.zip")
    with writing("the pack", file, "--out"):
        file.write_bytes(place.store.get(digest))
    print_json({"file": str(file), "digest": digest}) if json else print(f"wrote {file}, {digest}")


def _pack(model: str, version: str, place: Here, *, last: bool) -> tuple[Here, str, str]:
    """Where it is, its digest, and the version it is of."""
    from ..governance.start import RunKey
    from ..steps.evidence_pack import pack_of

    with place.register.read() as session:
        row, name = _decided(session, model, version)
        key = RunKey(row.dag_id, row.run_id)
        if last:
            return place, _last(session, row, model), name
        run = _run(place, session, key)
    return place, pack_of(run), name


def _decided(session: Session, model: str, version: str) -> tuple[RunRow, str]:
    from sqlalchemy import select

    from ..inventory.tables import RunRow, VersionRow

    query = (select(RunRow, VersionRow.version).join(VersionRow, VersionRow.id == RunRow.version_id)
             .where(RunRow.model_id == model, RunRow.environment.is_not(None), RunRow.subject.is_not(None)).order_by(RunRow.id.desc()))
    found = session.execute(query.where(VersionRow.version == version) if version else query).first()
    if found is None:
        raise _undecided(session, model, version)
    return found[0], found[1]


def _undecided(session: Session, model: str, version: str) -> EvidenceError:
    from sqlalchemy import select

    from ..inventory.tables import ModelRow
    from ..registry import did_you_mean

    known = list(session.scalars(select(ModelRow.id).order_by(ModelRow.id)))
    if model not in known:
        return EvidenceError(f"the register knows no model {model!r}{did_you_mean(model, known)}; see: modelops inventory list")
    what = f"version {version} of {model}" if version else model
    return EvidenceError(f"no run of {what} on its way to production was decided; see: modelops inventory show {model}")


def _last(session: Session, row: RunRow, model: str) -> str:
    from sqlalchemy import select

    from ..inventory.tables import PackRow

    digest = session.scalars(select(PackRow.digest).where(PackRow.run == row.id).order_by(PackRow.id.desc())).first()
    if digest is None:
        raise EvidenceError(f"no pack of this run was made yet; make one: modelops pack {model}")
    return digest


def _run(place: Here, session: Session, key: RunKey) -> Run:
    from ..governance.activate import active
    from ..governance.start import pinned
    from ..plan import Plan
    from ..steps.local import connection_from_environment
    from ..steps.register_journal import RegisterJournal
    from ..steps.run import Run

    about = pinned(session, key)
    if about is None:
        raise EvidenceError(f"run {key.run_id} of {key.dag_id} was not pinned")
    return Run(
        plan=Plan.from_json(about.plan), artifact=about.artifact, artifact_name=about.artifact_name, project=place.project,
        roots=active(session).artifact_roots, store=place.store, journal=RegisterJournal(place.register, key),
        connections=connection_from_environment, settings=place.settings,
    )
