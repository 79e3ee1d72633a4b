"""The champion of a run: the version in use where the run would deploy to, opened with the care that its own release took."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..checks import Champion
from ..checks.answers import told
from ..connections import Connections, no_connections
from ..digest import digest_bytes, short
from ..errors import ArtifactError, CheckError, EvidenceError, ModelOpsError
from ..evidence.manifest import environment_of
from ..governance.in_use import InUse, in_use
from ..inventory.register import Register
from ..kinds import KINDS, Scorer, open_model, read_artifact, scan, verify
from .champion_then import champion_then
from .register_journal import RegisterJournal
from .run import NamedChampion, Run

if TYPE_CHECKING:
    from ..plan import PlannedStep


def champion_of(run: Run, step: PlannedStep) -> Callable[[], Champion | str] | None:
    """Answers the champion when a check asks, or why there is none yet; None where nobody says which it is.

    With a register the register says it, and nobody else; of a pinned review the approved evidence. All that the answer raises is `CheckError`.
    """
    if isinstance(run.journal, RegisterJournal):
        register = run.journal.register
        return (lambda: champion_then(run, step, register)) if run.plan.pinned else (lambda: _registered(run, register))
    named = run.champion
    model = run.plan.model
    return None if named is None else lambda: named_champion(
        named, str(model["kind"]), allowed(run), f"the plan of {run.label}", options=model.get("with"), connections=run.connections)


def _registered(run: Run, register: Register) -> Champion | str:
    environment, model = environment_of(run.plan.to_json()), run.plan.model_id
    if environment is None:
        raise CheckError(f"{run.label} deploys nowhere, so nothing is in use to compare with; put the step into a life cycle that deploys")
    try:
        with register.read() as session:
            found = in_use(session, model, environment)
        if found is None:
            return f"no version of {model} was ever in use in {environment}, as register and ledger have it: there is nothing to compare with"
        data = run.store.get(found.artifact)
    except EvidenceError as error:
        raise CheckError(f"the version in use cannot be compared with: {error}") from None
    facts = {"environment": environment, "subject": found.subject, "version": found.version}
    return Champion(found.artifact, _told(run, found, environment), facts, opened_champion(
        found.kind, data, found.artifact_name, allowed(run), f"the plan of {run.label}", found.options, run.connections).score)


def _told(run: Run, found: InUse, environment: str) -> str:
    since = "" if found.live else ", taken out of service since"
    same = "; it is the very artifact that is measured here" if found.artifact == run.artifact else ""
    return f"version {found.version} ({short(found.artifact)}) in {environment}{since}, approved as {short(found.subject)}{same}"


def named_champion(
    named: NamedChampion, kind: str, allowed: Collection[str], who: str, *, options: Mapping[str, Any] | None = None,
    connections: Connections = no_connections,
) -> Champion | str:
    """The version that somebody says is in use, where no register says it; a text where he says that none is.

    Args:
        kind: of the model, where `named` has none.
        options: of the model, where `named` has none and is of the same kind.
        allowed: kinds that are opened though only a policy may allow them; who: allows them, for messages.

    Raises:
        CheckError: its file cannot be read or opened.
    """
    if named.file is None:
        return "no version is in use, as the caller of this local run says: there is nothing to compare with"
    try:
        file = read_artifact(named.file, str(named.file))
    except ArtifactError as error:
        raise CheckError(f"the version in use cannot be read: {error}") from None
    digest, its = digest_bytes(file.bytes), named.kind or kind
    given = named.options if named.options is not None else (options if its == kind else None)
    scorer = opened_champion(its, file.bytes, file.name, allowed, who, given or {}, connections)
    return Champion(digest, f"{named.file.name} ({short(digest)}), as the caller says", {}, scorer.score)


def allowed(run: Run) -> list[str]:
    """Kinds that could run code and that the plan of a run lets in."""
    return [name for step in run.plan.steps if step.uses == "scan-artifact" for name in step.options.get("formats", ())]


def opened_champion(
    kind: str, data: bytes, file: str, allowed: Collection[str], who: str, options: Mapping[str, Any], connections: Connections,
) -> Scorer:
    """A model of any kind that may be opened, through the same scan as in its own release."""
    try:
        if KINDS[kind].by_policy and kind not in allowed:
            raise ArtifactError(f"{who} does not allow its format {kind}; expected a policy in force that allows it for the tier")
        return open_model(verify(kind, data, digest_bytes(data), scan(kind, data, file=file)), options, connections=connections)
    except ModelOpsError as error:
        raise CheckError(f"the version in use cannot be opened: {error}") from None
    except Exception as error:  # what a library makes of somebody's bytes
        raise CheckError(f"the version in use cannot be opened: {told(error)}") from None
