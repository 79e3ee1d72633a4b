"""Slot: the one model that may answer now. It follows the folder, never goes back, and answers for nothing that is not signed."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..connections import Connections, no_connections
from ..digest import canonical
from ..durable import write_durably
from ..errors import ArtifactError, ModelOpsError
from ..kinds import Scorer, open_model, scan, verify
from .authorised import Authorised, NotAuthorised, Withdrawn, artifact_in, authorised_in

if TYPE_CHECKING:
    import pyarrow as pa


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


class Slot:
    """The model of one id in a folder target.

    Args:
        folder: of the target.
        public: the deployer's public key.
        state: a folder of this runtime's own, which remembers the highest epoch over restarts.
    """

    def __init__(self, model: str, folder: Path, public: bytes, state: Path, *, connections: Connections = no_connections) -> None:
        self.model, self._folder, self._public, self._connections = model, folder, public, connections
        self._memory = state / f"{model}.json"
        self._loaded: _Loaded | None = None
        self._why = "it was not looked at yet"
        self._looking, self._scoring = threading.Lock(), threading.Lock()

    @property
    def about(self) -> Authorised | None:
        """The version that may answer; None where none may."""
        loaded = self._loaded
        return loaded.about if loaded is not None else None

    @property
    def why(self) -> str:
        """Why nothing may answer; empty where something may."""
        return self._why

    def look(self) -> Authorised | None:
        """Read the folder again and follow it: load what is new and signed, stop what is not."""
        with self._looking:
            try:
                self._follow()
            except Withdrawn as stop:
                self._loaded, self._why = None, str(stop)
                self._remember(stop.epoch, "")
            except Exception as error:  # whatever a library makes of an artifact: nothing answers that was not opened
                self._loaded, self._why = None, str(error) if isinstance(error, ModelOpsError) else f"it cannot be opened: {error!r:.200}"
            return self.about

    def score(self, rows: pa.Table) -> Answer:
        """Ask the model.

        Raises:
            NotAuthorised: nothing may answer.
            ArtifactError: the model cannot score these rows.
        """
        loaded = self._loaded
        if loaded is None:
            raise NotAuthorised(self._why)
        with self._scoring:  # libraries are not all safe to be asked twice at once
            try:
                table = loaded.scorer.score(rows)
            except ModelOpsError:
                raise
            except Exception as error:  # whatever a library makes of somebody's rows
                raise ArtifactError(f"the model cannot score these rows: {error!r:.200}") from None
        if table.num_rows != rows.num_rows:
            raise ArtifactError(f"the model answered {table.num_rows} rows for {rows.num_rows}")
        return Answer(table, loaded.about)

    def _follow(self) -> None:
        about = authorised_in(self._folder, self.model, self._public)
        self._demand_no_step_back(about)
        if self._loaded is None or self._loaded.about != about:
            data = artifact_in(self._folder, about)
            verified = verify(about.kind, data, about.artifact, scan(about.kind, data, file=about.file))
            scorer = open_model(verified, about.options, connections=self._connections)
            self._remember(about.epoch, about.artifact)  # before the first answer, so that a restart cannot go back either
            self._loaded = _Loaded(about, scorer)
        self._why = ""

    def _demand_no_step_back(self, about: Authorised) -> None:
        seen = self._seen()
        if (seen["epoch"], seen["artifact"]) != (about.epoch, about.artifact) and about.epoch <= seen["epoch"]:
            raise NotAuthorised(f"{self.model} had epoch {seen['epoch']} here; epoch {about.epoch} is of an older deployment that somebody put "
                                f"back. Release it again; if a stranger wrote the folder, mend that and delete {self._memory}")

    def _seen(self) -> dict[str, Any]:
        try:
            told = json.loads(self._memory.read_bytes())
            return {"epoch": int(told["epoch"]), "artifact": str(told["artifact"])}
        except FileNotFoundError:
            return {"epoch": 0, "artifact": ""}
        except (OSError, ValueError, KeyError, TypeError):
            raise NotAuthorised(f"{self._memory}, which remembers the highest epoch of {self.model}, cannot be read") from None

    def _remember(self, epoch: int, artifact: str) -> None:
        seen = self._seen()["epoch"]
        if epoch > seen or (epoch == seen and not artifact):
            write_durably(self._memory, canonical({"epoch": epoch, "artifact": artifact}) + b"\n")
