"""Batch: a folder whose live models Airflow scores with on schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from ..digest import Digest, digest_bytes
from ..errors import TargetError
from .folder import Folder, artifact_file
from .own_folder import ARTIFACT
from .partition import Partition
from .target import target

Missed = Callable[[str, timedelta], tuple[str, ...]]
"""Of a model, with how late its file may be: what was not scored in time, or failed, as the register has it."""


def not_asked(_model: str, _late: timedelta) -> tuple[str, ...]:
    """Where there is no register to ask."""
    return ("nobody asked the register what was scored",)


@target("batch", strength="gated", where=("path",))
class Batch(Folder):
    """A folder whose live models are scored with on schedule, by a DAG of Airflow.

    What is deployed lies as in a `folder`: `<path>/artifacts` and `<path>/live`. The life cycle `batch-score` of a model scores the
    rows of each data interval with what is live here, if the register and its ledger have the same bytes live under the same
    epoch, and writes `<path>/scored/model=<id>/date=<day>/<start>_<end>.parquet` once.
    """

    about = "scoring"

    def __init__(self, *, path: Path, late: int = 60, missed: Missed = not_asked) -> None:
        """Make it.

        Args:
            path: a folder of its own, written by this target and its tasks alone.
            late: minutes after the end of an interval from which on its missing file is a finding (1 to 44640).
            missed: what is late or failed, as the register has it.
        """
        super().__init__(path=path)
        self._late, self._missed = timedelta(minutes=late), missed

    def wrong(self, model: str) -> tuple[str, ...]:
        """Intervals that were not scored in time, and a last run that failed."""
        return self._missed(model, self._late)

    def artifact(self, model: str, artifact: Digest, epoch: int) -> bytes:
        """The bytes that may be scored with.

        Args:
            artifact, epoch: what the register has live.

        Raises:
            TargetError: something else is live here, or the bytes are gone or changed.
        """
        pointer = self._pointer(model)
        shown = (pointer["artifact"], pointer["epoch"]) if pointer is not None else (None, 0)
        if shown != (artifact, epoch):
            raise TargetError(f"{model} is {shown[0] or 'nothing'} (epoch {shown[1]}) at {self.path.name}, and the register has {artifact} "
                              f"(epoch {epoch}) live; nothing is scored until they are the same")
        try:
            data = self.own.read(artifact_file(artifact), ARTIFACT)
        except FileNotFoundError:
            raise TargetError(f"the artifact {artifact} of {model} cannot be read: it is not there") from None
        if digest_bytes(data) != artifact:
            raise TargetError(f"the artifact of {model} has other bytes than are live in the register: expected {artifact}, found {digest_bytes(data)}")
        return data

    def partition(self, model: str, start: datetime, end: datetime) -> Partition:
        """The file of a model and a stretch of time."""
        return Partition(self.path, model, start, end)
