"""What every kind of model answers, and the only way to an artifact's bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ..connections import Connections, no_connections
from ..digest import Digest, digest_bytes
from ..errors import ArtifactError, LibraryMissing
from ..measurement import Measurement, Metric, Status
from ..parameters import Parameter, lacking_options, parameters_of, wrong_options
from ..registry import Registry
from .formats import format_of
from .modules import MODULES

if TYPE_CHECKING:
    import pyarrow as pa

    from .decisions import Decisions

SCAN = "scan-artifact"
CONNECTIONS = "connections"
_KEY = object()

@dataclass(frozen=True)
class VerifiedArtifact:
    """Bytes that were scanned and are what their digest says. Made by `verify` alone."""

    bytes: bytes
    digest: Digest
    kind: str
    key: InitVar[object] = None

    def __post_init__(self, key: object) -> None:
        if key is not _KEY:
            raise TypeError("a VerifiedArtifact comes from kinds.verify, after a passed scan")


@dataclass(frozen=True)
class Findings:
    """What a kind's own scan says of an artifact.

    Attributes:
        format_allowed: the content is of the kind's format.
        untrusted: names of types that loading would need and nobody allowed.
        findings: other objections.
        next_step: why a type is not trusted, and what to do about it.
    """

    format_allowed: bool
    untrusted: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    next_step: str = ""


class Scorer(ABC):
    """A loaded model.

    Attributes:
        ranks: its scores are numbers that rank, and no probabilities.
    """

    ranks = False

    @abstractmethod
    def score(self, rows: pa.Table) -> pa.Table:
        """One answer a row, in order: `prediction`, and `score` where there is a probability.

        `score` is the probability of the label that sorts last (1 of 0 and 1).

        Raises:
            ArtifactError: the model cannot score these columns.
        """

    def trouble(self) -> str:
        """Why the model cannot answer now; empty if it can, as one that is loaded here always can."""
        return ""

    def kept(self) -> Mapping[str, bytes]:
        """What belongs to the evidence besides the answers, by file name; asked after the scoring."""
        return {}

    def timed(self) -> Mapping[str, bytes]:
        """What is stored beside the evidence and is not in it, since no two runs have the same: times. Asked after the scoring."""
        return {}

    def version(self) -> str:
        """Which version the model says it is, asked after the scoring; empty where it does not say, as its digest is enough."""
        return ""

    def fixed(self) -> str:
        """Why it has answers to some rows alone, and cannot be asked about others; empty if it can."""
        return ""

    def notes(self) -> tuple[str, ...]:
        """What a reader of the answers must know of how they were made; the same after every honest run."""
        return ()

    def decisions(self) -> Decisions | None:
        """The rules that the model is made of; None where it is made of something else."""
        return None

    def said(self, rows: pa.Table) -> pa.Table | None:
        """Each row's answer in the model's own words, in order; None of a model that has none.

        Columns: `request` (names the question: another one has another), `answer` and `finish` (texts), `prediction`, `state` (valid,
        invalid, refused), `closed` (the prediction is one of a list, and nothing else of the text counts), `replayed` (nobody
        asked the model), `prompt_tokens` and `completion_tokens`, which may be missing.

        Raises:
            ArtifactError: the model cannot answer these columns.
        """
        return None

    def recall(self, kept: Mapping[str, bytes]) -> None:
        """Take what the same model kept earlier in the same run, so that it need not be asked the same again.

        Raises:
            ArtifactError: it is not of this model.
        """
        del kept  # a model that keeps nothing has nothing to remember


class Kind(ABC):
    """A kind of model.

    Attributes:
        accepts: formats of `format_of` that its artifacts may have; the content decides, the name does not.
        by_policy: opened without the care taken here its artifacts run code, so a policy in force must allow them.
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    accepts: ClassVar[tuple[str, ...]]
    by_policy: ClassVar[bool] = False
    extra: ClassVar[str | None] = None
    summary: ClassVar[str]

    @abstractmethod
    def findings(self, data: bytes) -> Findings:
        """Look at an artifact without running anything of its author's."""

    def described(self, data: bytes) -> Mapping[str, str]:
        """What a scanned artifact says of itself, read without running anything of its author's: facts for the evidence."""
        return {}

    @abstractmethod
    def load(self, artifact: VerifiedArtifact, *args: Any, **options: Any) -> Scorer:
        """A scorer from verified bytes.

        A kind names its options as keyword-only arguments: they are what `model.with` may have. One that asks
        something outside also has `connections`, which is given and never written.

        Raises:
            ArtifactError: the options or the bytes are not such that it can be asked.
        """

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The options that a model file may give."""
        return {name: one for name, one in parameters_of(self.load).items() if name != CONNECTIONS}

    @property
    def asks_outside(self) -> bool:
        """Whether scoring asks something that a connection names."""
        return CONNECTIONS in parameters_of(self.load)


KINDS: Registry[Kind] = Registry("kind", {name: f"{__package__}.{module}" for name, module in MODULES.items()})
K = TypeVar("K", bound=type[Kind])


def kind(name: str, *, suffixes: tuple[str, ...], extra: str | None = None) -> Callable[[K], K]:
    """Register a kind of model.

    Args:
        suffixes: permitted endings of the artifact's file name.
        extra: extra of our package that brings the library, if any.
    """

    def register(one: K) -> K:
        one.name, one.suffixes, one.extra = name, suffixes, extra
        one.summary = (one.__doc__ or "").strip().split("\n")[0]
        KINDS.add(name)(one())
        return one

    return register


def scan(name: str, data: bytes, *, file: str) -> Measurement:
    """Scan an artifact as the kind `name`; `file` is its file name.

    A scan that cannot be made is an error, so nothing opens the artifact.
    """
    chosen = KINDS[name]
    suffix = PurePosixPath(file).suffix.lower()
    if not data:
        return Measurement.error(SCAN, f"artifact {file} is empty")
    format_ = format_of(data)
    try:
        found = chosen.findings(data) if format_ in chosen.accepts else Findings(False)
    except ArtifactError as error:
        return Measurement.error(SCAN, str(error))
    fits = found.format_allowed and suffix in chosen.suffixes
    notes = [f"format: {name}, {len(data)} bytes"]
    if format_ not in chosen.accepts:
        notes.insert(0, f"artifact {file} is {format_} by its content; expected {chosen.accepts[0]}; "
                        f"save the model as {name}, or name the kind that it is")
    if suffix not in chosen.suffixes:
        notes.insert(0, f"file name {file} does not end in {' or '.join(chosen.suffixes)}")
    notes += [f"{what}: {fact}"[:300] for what, fact in (chosen.described(data) if fits else {}).items()]
    notes += [f"untrusted type: {one[:200]}" for one in found.untrusted[:20]]
    notes += [one[:300] for one in found.findings[:20]]
    measured = Measurement.of(SCAN, [
        Metric("format_allowed", 1.0 if fits else 0.0, n=len(data)),
        Metric("untrusted_types", float(len(found.untrusted)), reason=_untrusted(found)),
        Metric("artifact_findings", float(len(found.findings)), reason=found.findings[0][:300] if found.findings else None),
    ], notes=notes)
    return Measurement(**{**vars(measured), "inputs": {"artifact": digest_bytes(data)}, "parameters": {"kind": name}})


def _untrusted(found: Findings) -> str | None:
    """Which types, and what to do; nothing where there are none."""
    if not found.untrusted:
        return None
    more = f" and {len(found.untrusted) - 3} more" if len(found.untrusted) > 3 else ""
    names = ", ".join(one[:100] for one in found.untrusted[:3])
    return f"{names}{more}" + (f": {found.next_step}" if found.next_step else "")


def verify(name: str, data: bytes, digest: Digest, report: Measurement) -> VerifiedArtifact:
    """The artifact, if its scan passed and its bytes are the ones that were scanned.

    Raises:
        ArtifactError: the report is of other bytes or another kind, or it did not pass.
    """
    values = {metric.name: metric.value for metric in report.metrics}
    clean = values.get("format_allowed") == 1.0 and values.get("untrusted_types") == 0.0 and values.get("artifact_findings") == 0.0
    if report.check != SCAN or report.status is not Status.MEASURED or report.parameters.get("kind") != name or not clean:
        raise ArtifactError(f"artifact {digest} did not pass its scan as {name}; it is not opened")
    if digest_bytes(data) != digest or report.inputs.get("artifact") != digest:
        raise ArtifactError(f"the bytes are not those that were scanned: expected {digest}, found {digest_bytes(data)}")
    return VerifiedArtifact(data, digest, name, _KEY)


def open_model(
    artifact: VerifiedArtifact, options: Mapping[str, Any] | None = None, *, connections: Connections = no_connections
) -> Scorer:
    """The model of verified bytes, ready to be asked.

    Args:
        options: `model.with` of its file.

    Raises:
        ArtifactError: an option is not one of the kind, or the model cannot be opened.
    """
    chosen, given = KINDS[artifact.kind], dict(options or {})
    what = f"kind {artifact.kind}"
    if wrong := [*wrong_options(given, chosen.parameters, what).values(), *lacking_options(given, chosen.parameters, what)]:
        raise ArtifactError("; ".join(wrong))
    return chosen.load(artifact, **given, **({CONNECTIONS: connections} if chosen.asks_outside else {}))


def missing_extra(name: str, extra: str) -> LibraryMissing:
    """The error of a kind whose library is not installed."""
    return LibraryMissing(f"kind {name} needs a library that is not installed; run: pip install 'modelops-airflow[{extra}]'")
