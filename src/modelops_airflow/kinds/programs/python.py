"""python: a function of somebody's Python code, called in a jail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import ArtifactError
from ..bundle import members_of
from ..checked_answers import checked
from ..confinement.jail import Limits
from ..formats import format_of
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .code_jail import score_by_code
from .python_source import LIBRARIES, demand_entry, read_source
from .unpacked import unpacked

if TYPE_CHECKING:
    import pyarrow as pa

_TRUSTED = f"code may import the standard library, {', '.join(LIBRARIES)} and its own files; put what else it needs into its folder, or use another kind"


@kind("python", suffixes=(".py", ".zip"))
class Python(Kind):
    """A function of Python code that takes columns and gives answers; one file, or a folder with the files it reads.

    The contract is `def score(columns: dict[str, numpy.ndarray]) -> dict[str, numpy.ndarray]`: one array a column (texts as
    objects, a missing number as NaN, a missing text as None), and back `prediction` and, where there is one, `score`, the
    probability of the label that sorts last; one value a row, in order. What returns a list instead of an array is fine.

    The code is parsed by the scan and never run by it. It runs once a batch in a fresh process that has no network, no
    threads and no other process, and can read its own folder, the standard library, numpy, pandas, scipy and
    scikit-learn; where the system cannot hold such a jail, nothing is run. Those libraries are imported beforehand, by
    the import statements in the code: an import by a computed name may fail.
    """

    accepts = ("text", "script", "zip archive")

    def findings(self, data: bytes) -> Findings:
        """Mistakes of the syntax, and imports of what is not there for it."""
        try:
            source = read_source(_files(data))
        except ArtifactError as error:
            return Findings(False, findings=(str(error),))
        none = () if any(source.functions.values()) or source.mistakes else ("the artifact holds no Python file that defines a function",)
        return Findings(True, source.foreign, (*source.mistakes, *none), _TRUSTED)

    def load(
        self, artifact: VerifiedArtifact, *, entry: str = "model:score", columns: Sequence[str] = (), memory_mb: int = 4096, seconds: int = 300,
    ) -> Scorer:
        """A scorer that runs the code for each batch; nothing is run before.

        Args:
            entry: module and function; of a single file the module is called model.
            columns: of the data to give it; all that the model may see, if left out.
            memory_mb: MiB of address space (1024 to 65536); the libraries alone reserve about 1024.
            seconds: until a batch is stopped (1 to 86400).
        """
        files = _files(artifact.bytes)
        source = read_source(files)
        demand_entry(source, entry)
        return _PythonScorer(files, entry, source.libraries, tuple(columns), Limits(memory_mb << 20, seconds, float(seconds)))


def _files(data: bytes) -> dict[str, bytes]:
    return members_of(data) if format_of(data) == "zip archive" else {"model.py": data}


@dataclass(frozen=True)
class _PythonScorer(Scorer):
    files: Mapping[str, bytes]
    entry: str
    modules: tuple[str, ...]
    columns: tuple[str, ...]
    limits: Limits
    held: set[str] = field(default_factory=set)

    def score(self, rows: pa.Table) -> pa.Table:
        """What the function answers, once it was looked at."""
        missing = [name for name in self.columns if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"the function is to be given columns the data does not have: {', '.join(missing)}")
        with unpacked(self.files) as folder:
            answer = score_by_code(folder, self.entry, self.modules, rows.select(self.columns or rows.column_names), limits=self.limits)
        self.held.add(f"scored in a jail; network: {answer.network}; files: {answer.files}; calls: seccomp")
        return checked(answer.table, rows.num_rows, f"the function {self.entry}")

    def notes(self) -> tuple[str, ...]:
        """What kept the code in."""
        return tuple(sorted(self.held))
