"""shared-library: a function of machine code behind a small C interface, called in a jail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import ArtifactError
from ..checked_answers import checked
from ..confinement.jail import Limits
from ..kind import Findings, Kind, Scorer, VerifiedArtifact, kind
from .code_jail import score_by_library
from .elf import read_elf
from .library_call import FUNCTION
from .unpacked import unpacked

if TYPE_CHECKING:
    import pyarrow as pa

_FILE = "model.so"
_WHOLE = 2.0**53
"""Above it a double skips whole numbers."""


@kind("shared-library", suffixes=(".so",))
class SharedLibrary(Kind):
    """A shared library (ELF) with one C function that takes rows of numbers and gives a number for each.

    The contract is `int modelops_score(size_t rows, size_t columns, const double *values, double *predictions, double
    *scores)`. The values come row by row, a missing number as NaN, true as 1. The function fills `predictions` and, if it
    has probabilities, `scores` (with the option `scored`), one number a row, and returns 0; both arrays are NaN before,
    so that a row it leaves out is found. Labels that are texts are the business of a program (kind `executable`).

    The library is loaded and called once a batch in a fresh process that has no network, no threads and no other
    process, and can read the system's libraries alone; where the system cannot hold such a jail, nothing is loaded.
    """

    accepts = ("program",)

    def findings(self, data: bytes) -> Findings:
        """Whether it is a library for this machine."""
        try:
            elf = read_elf(data)
            elf.demand_machine("the library")
        except ArtifactError as error:
            return Findings(True, findings=(str(error),))
        return Findings(True, findings=() if elf.shared else ("it is no shared library; compile it with -shared -fPIC",))

    def described(self, data: bytes) -> Mapping[str, str]:
        """Machine, libraries, build id and compiler."""
        try:
            return {"library": read_elf(data).facts()}
        except ArtifactError as error:
            return {"unreadable": str(error)}

    def load(
        self, artifact: VerifiedArtifact, *, columns: Sequence[str], scored: bool = False, whole_numbers: bool = False,
        memory_mb: int = 4096, seconds: int = 300,
    ) -> Scorer:
        """A scorer that loads the library for each batch; nothing is loaded before.

        Args:
            columns: of the data to give it, numbers all, in this order.
            scored: it fills scores, with the probability of the label that sorts last.
            whole_numbers: its predictions are whole numbers, such as labels.
            memory_mb: MiB of address space (1024 to 65536); the process around it reserves about 1024.
            seconds: until a batch is stopped (1 to 86400).
        """
        if not columns:
            raise ArtifactError(f"the option columns is empty; expected the columns that {FUNCTION} wants, in its order")
        return _LibraryScorer(artifact.bytes, tuple(columns), scored, whole_numbers, Limits(memory_mb << 20, seconds, float(seconds)))


@dataclass(frozen=True)
class _LibraryScorer(Scorer):
    data: bytes
    columns: tuple[str, ...]
    scored: bool
    whole: bool
    limits: Limits
    held: set[str] = field(default_factory=set)

    def score(self, rows: pa.Table) -> pa.Table:
        """What the function answers, once it was looked at."""
        with unpacked({_FILE: self.data}) as folder:
            answer = score_by_library(folder, _FILE, self._numbers(rows), scored=self.scored, limits=self.limits)
        self.held.add(f"scored in a jail; network: {answer.network}; files: {answer.files}; calls: seccomp")
        answers = checked(answer.table, rows.num_rows, f"the function {FUNCTION}")
        return _whole(answers) if self.whole else answers

    def notes(self) -> tuple[str, ...]:
        """What kept the library in."""
        return tuple(sorted(self.held))

    def _numbers(self, rows: pa.Table) -> pa.Table:
        import pyarrow as pa

        missing = [name for name in self.columns if name not in rows.column_names]
        if missing:
            raise ArtifactError(f"{FUNCTION} is to be given columns the data does not have: {', '.join(missing)}")
        given = rows.select(self.columns)
        for one in given.schema:
            if not (pa.types.is_integer(one.type) or pa.types.is_floating(one.type) or pa.types.is_boolean(one.type)):
                raise ArtifactError(f"{FUNCTION} takes numbers; column {one.name!r} is {one.type}")
        return pa.table({one.name: given[one.name].cast(pa.float64(), safe=False) for one in given.schema})


def _whole(answers: pa.Table) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    values = np.asarray(answers["prediction"])
    wrong = (values != np.trunc(values)) | (np.abs(values) > _WHOLE)
    if wrong.any():
        place = int(wrong.argmax())
        raise ArtifactError(f"the function {FUNCTION} answered {values[place]} for row {place} of the data; expected a whole number")
    return answers.set_column(0, "prediction", pa.array(values.astype("int64")))
