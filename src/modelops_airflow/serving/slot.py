"""Slot: the one model that may answer now. It follows the folder, never goes back, and answers for nothing that is not signed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..connections import Connections, no_connections
from ..digest import canonical
from ..durable import write_durably
from ..errors import ArtifactError, ModelOpsError
from ..kinds import Scorer, open_model, scan, verify
from ..kinds.checked_answers import checked
from .authorised import Authorised, NotAuthorised, Withdrawn, artifact_in, authorised_in

if TYPE_CHECKING:
    import pyarrow as pa

LEASE = 60.0
"""Seconds since the folder was last read after which nothing is answered: whoever looks may hang, or be gone."""


@dataclass(frozen=True)
class Answer:
    """What a model said.

    Attributes:
        table: `prediction`, and `score` where there is a probability.
        by: the version that said it.
    """

    table: pa.Table
    by: Authorised


@dataclass(frozen=True)
class _Loaded:
    about: Authorised
    scorer: Scorer


class Beside(Protocol):
    """A version beside the one in use: a `Slot`, in this process or apart."""

    model: str

    @property
    def about(self) -> Authorised | None:
        """The version that may answer."""

    @property
    def why(self) -> str:
        """Why nothing may answer."""

    @property
    def free(self) -> bool:
        """Whether it has time for one more request."""

    @property
    def spoilt(self) -> str:
        """Why the present deployment is not to be asked any more, whatever it answered."""

    def look(self) -> Authorised | None:
        """The deployment that is there now."""

    def score(self, rows: pa.Table) -> Answer:
        """Ask it; a `ModelOpsError` where it does not answer."""


class Slot:
    """The model of one id in a folder target.

    Args:
        folder: of the target.
        environment: what must have been signed for: one key may sign for several.
        public: the deployer's public key.
        state: a folder of this runtime's own, which remembers the highest epoch over restarts.

    Attributes:
        before: is told what is about to be opened.
        free, spoilt: whether it has time, and what ended over it; a slot in this process always has, and nothing did.
    """

    free, spoilt = True, ""

    def __init__(
        self, model: str, folder: Path, environment: str, public: bytes, state: Path, *, connections: Connections = no_connections
    ) -> None:
        self.model, self._folder, self._environment, self._public, self._connections = model, folder, environment, public, connections
        self._memory = state / f"{model}.json"
        self._loaded: _Loaded | None = None
        self.before: Callable[[Authorised], None] = lambda _: None
        self._why, self._read_at = "it was not looked at yet", time.monotonic()
        self._looking, self._scoring = threading.Lock(), threading.Lock()

    @property
    def about(self) -> Authorised | None:
        """The version that may answer; None where none may."""
        loaded = self._loaded
        return loaded.about if loaded is not None and not self._late() else None

    @property
    def why(self) -> str:
        """Why nothing may answer; empty where something may."""
        return self._why or self._late()

    def look(self) -> Authorised | None:
        """Read the folder again and follow it: load what is new and signed, stop what is not. It raises nothing."""
        with self._looking:
            try:
                self._follow()
            except Exception as error:  # whatever a library makes of an artifact, and a disk of our memory: nothing answers that was not opened
                self._loaded = None
                self._why = str(error) if isinstance(error, ModelOpsError) else f"it cannot be followed: {error!r:.200}"
            return self.about

    def score(self, rows: pa.Table) -> Answer:
        """Ask the model.

        Raises:
            NotAuthorised: nothing may answer.
            ArtifactError: the model cannot score these rows.
        """
        with self._scoring:  # libraries are not all safe to be asked twice at once; whoever waited asks what is loaded by then
            loaded = self._loaded
            if loaded is None or self._late():
                raise NotAuthorised(self.why)
            try:
                table = loaded.scorer.score(rows)
            except ModelOpsError:
                raise
            except Exception as error:  # whatever a library makes of somebody's rows
                raise ArtifactError(f"the model cannot score these rows: {error!r:.200}") from None
        return Answer(checked(table, rows.num_rows, "the model", ranks=loaded.scorer.ranks), loaded.about)

    def _late(self) -> str:
        passed = time.monotonic() - self._read_at
        return f"the folder was last read {passed:.0f} s ago" if passed > LEASE else ""

    def _follow(self) -> None:
        try:
            about = authorised_in(self._folder, self.model, self._environment, self._public)
        except Withdrawn as stop:
            self._loaded = None
            self._remember(stop.epoch, "")
            raise
        self._demand_no_step_back(about)
        self._read_at = time.monotonic()
        if self._loaded is None or self._loaded.about != about:
            self.before(about)
            data = artifact_in(self._folder, about)
            verified = verify(about.kind, data, about.artifact, scan(about.kind, data, file=about.file))
            scorer = open_model(verified, about.options, connections=self._connections)
            self._remember(about.epoch, about.statement)  # before the first answer, so that a restart cannot go back either
            self._loaded = _Loaded(about, scorer)
        self._why = ""

    def _demand_no_step_back(self, about: Authorised) -> None:
        epoch, statement = self._seen()
        if about.epoch < epoch or (about.epoch == epoch and about.statement != statement):
            raise NotAuthorised(f"{self.model} had epoch {epoch} here; epoch {about.epoch} is of an older deployment that somebody put back, or of "
                                f"another one. Release it again; if a stranger wrote the folder, mend that and delete {self._memory}")

    def _seen(self) -> tuple[int, str]:
        """The highest epoch, and the digest of what was signed under it; none of a stop."""
        try:
            told: dict[str, Any] = json.loads(self._memory.read_bytes())
            return int(told["epoch"]), str(told["statement"])
        except FileNotFoundError:
            return 0, ""
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise NotAuthorised(f"{self._memory}, which remembers the highest epoch of {self.model}, cannot be read") from None

    def _remember(self, epoch: int, statement: str) -> None:
        seen, _ = self._seen()
        if epoch > seen or (epoch == seen and not statement):
            write_durably(self._memory, canonical({"epoch": epoch, "statement": statement}) + b"\n")
