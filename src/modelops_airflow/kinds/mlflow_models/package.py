"""What the two kinds of MLflow models share: the folder is read without MLflow, and the kind for its flavour does the rest.

MLflow itself is not needed: each flavour's file is in the format of its own library, which the kind for it opens with more care than
`mlflow.pyfunc` takes, and `mlflow` would bring a hundred packages and load what `MLmodel` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ...digest import digest_bytes
from ...errors import ArtifactError
from ..bundle import members_of
from ..kind import KINDS, Findings, Kind, Scorer, VerifiedArtifact, scan, verify
from .flavour import Flavour, flavour_of
from .mlmodel import MlModel, read_mlmodel
from .signature import Signature

if TYPE_CHECKING:
    import pyarrow as pa

_REQUIREMENTS = "requirements.txt"


class Packaged(Kind):
    """A folder as MLflow saves it.

    Attributes:
        pickled: whether the file inside is a pickle.
    """

    accepts = ("zip archive",)
    pickled: ClassVar[bool]
    other: ClassVar[str]

    def findings(self, data: bytes) -> Findings:
        """What speaks against the folder, and what the kind for its flavour says of the file."""
        try:
            files = members_of(data)
            model = read_mlmodel(files)
            flavour = flavour_of(model, files)
        except ArtifactError as error:
            return Findings(False, findings=(str(error),))
        against = [*model.objections(files), *flavour.objections(model)]
        if flavour.pickled != self.pickled:
            return Findings(True, findings=(self.other, *against))
        inner = KINDS[flavour.kind].findings(flavour.data)
        return Findings(inner.format_allowed, inner.untrusted, (*against, *(f"{flavour.file}: {one}" for one in inner.findings)), inner.next_step)

    def described(self, data: bytes) -> Mapping[str, str]:
        """Flavour, version of MLflow, run, signature, requirements and other files, and what the kind for the flavour tells."""
        files = members_of(data)
        model = read_mlmodel(files)
        flavour = flavour_of(model, files)
        return {"flavour": f"{flavour.name}, its file {flavour.file} opened as {flavour.kind}", **_also(model, flavour), **model.said, **model.signature.told,
                "requirements": _requirements(files), "files": ", ".join(sorted(files)), **KINDS[flavour.kind].described(flavour.data)}

    def load(self, artifact: VerifiedArtifact) -> Scorer:
        """The scorer of the flavour's file, which passes its own scan once more."""
        files = members_of(artifact.bytes)
        model = read_mlmodel(files)
        flavour = flavour_of(model, files)
        name, digest = f"model{KINDS[flavour.kind].suffixes[0]}", digest_bytes(flavour.data)
        inner = verify(flavour.kind, flavour.data, digest, scan(flavour.kind, flavour.data, file=name))
        return _PackagedScorer(model.signature, KINDS[flavour.kind].load(inner))


@dataclass(frozen=True)
class _PackagedScorer(Scorer):
    signature: Signature
    inner: Scorer

    def score(self, rows: pa.Table) -> pa.Table:
        """The answers to the columns of the signature."""
        return self.inner.score(self.signature.applied(rows))

    def notes(self) -> tuple[str, ...]:
        """Whether there was a signature to look at."""
        silent = self.signature.inputs is None and self.signature.width is None
        return (*self.inner.notes(), *(["the model has no signature of its inputs: columns and types were not compared with one"] if silent else []))


def _also(model: MlModel, flavour: Flavour) -> dict[str, str]:
    others = sorted(set(model.flavours) - {flavour.name})
    return {"other flavours": ", ".join(others)} if others else {}


def _requirements(files: Mapping[str, bytes]) -> str:
    lines = files.get(_REQUIREMENTS, b"").decode("utf-8", "replace").splitlines()
    return ", ".join(one.strip() for one in lines if one.strip()) or "not said"
