"""Taking in a pack of another installation, and what a run may build on: the stored bytes, verified again each time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from ..checks import Crossed
from ..digest import digest_bytes, short
from ..errors import CheckError, EvidenceError
from ..evidence.crossing import Crossing, crossing_of
from ..governance.activate import active
from ..governance.crossing import imported_packs, record_pack, refuse_pack, trusted_keys
from .register_journal import RegisterJournal

if TYPE_CHECKING:
    from ..evidence.store import BlobStore
    from ..inventory.register import Register
    from .run import Run


def import_pack(register: Register, store: BlobStore, data: bytes, by: str, trust: Collection[str] = ()) -> tuple[Crossing, bool]:
    """Verify a pack, store its bytes and record it; answers what it says, and whether it is new here.

    Args:
        trust: fingerprints that the caller has from elsewhere; of the keys that governance names only these count then.

    Raises:
        Refused: it does not verify under a key that counts, or may not be taken in.
    """
    with register.read() as session:
        keys = trusted_keys(active(session))
    if unnamed := sorted(set(trust) - set(keys)):
        raise refuse_pack(register, digest_bytes(data), by, f"governance does not name the key {unnamed[0]}; add it to environments.<name>.trust first")
    try:
        pack = crossing_of(data, {key: named for key, named in keys.items() if not trust or key in trust})
    except EvidenceError as error:
        raise refuse_pack(register, digest_bytes(data), by, str(error)) from None
    store.put(data)
    return pack, record_pack(register, pack, by)


def crossed_of(run: Run) -> Callable[[str], Crossed | str] | None:
    """How a step learns what crossed from an environment; None where no register knows."""
    journal = run.journal
    return (lambda environment: _crossed(run, journal.register, environment)) if isinstance(journal, RegisterJournal) else None


def _crossed(run: Run, register: Register, environment: str) -> Crossed | str:
    """The newest verified pack about the run's very bytes; in words why there is none."""
    model = run.plan.model_id
    with register.read() as session:
        keys = {key: named for key, named in trusted_keys(active(session)).items() if environment in named}
        rows = [row for row in imported_packs(session, model) if row.environment == environment and row.signer in keys]
    if not keys:
        raise CheckError(f"governance in force names no key for {environment}; add it to environments.{environment}.trust")
    ours = [row.digest for row in rows if row.artifact == run.artifact]
    if not ours:
        others = ", ".join(sorted({f"{row.version} ({short(row.artifact)})" for row in rows}))
        return f"no pack of {environment} about {model} {short(run.artifact)} is here" + (f"; there are some about {others}" if others else "")
    newest = max((_verified(run, digest, keys) for digest in ours), key=lambda pack: (pack.made_at, pack.digest))
    if (newest.kind, dict(newest.kind_options)) != (run.plan.model["kind"], dict(run.plan.model.get("with") or {})):
        return f"{environment} opened the same bytes as another kind of model or with other options: {newest.kind} {dict(newest.kind_options)}"
    facts = {"run": newest.run, "version": newest.version, "signer": newest.signer, "subject": newest.subject, "level": newest.level, "ledger": newest.ledger}
    return Crossed(newest.digest, newest.made_at, newest.verdict, newest.passed, dict(newest.gates), facts, newest.stopped)


def _verified(run: Run, digest: str, keys: dict[str, set[str]]) -> Crossing:
    """What stored bytes say; a row of the register is not believed."""
    try:
        pack = crossing_of(run.store.get(digest), keys)
    except EvidenceError as error:
        raise CheckError(f"a pack that was taken in cannot be believed any more: {error}") from None
    if (pack.model, pack.artifact) != (run.plan.model_id, run.artifact):
        raise CheckError(f"the register has pack {short(digest)} as one about {run.plan.model_id} {short(run.artifact)}, and it is about {pack.model} {short(pack.artifact)}")
    return pack
