"""Canary: a share of the requests goes to another signed version, step by step, until something is wrong with it.

What the canary fails at, the version in use answers: no request is lost. What holds it back is written down
where the register's reconciliation finds it and takes its deployment out of service.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..digest import canonical
from ..durable import write_durably
from ..errors import ModelOpsError
from .authorised import Authorised
from .slot import Answer, Slot

if TYPE_CHECKING:
    import pyarrow as pa

FEW_ERRORS, MOST_LABELS = 3, 50
"""Errors before a share of them is looked at, and different predictions up to which they are compared as labels."""


@dataclass(frozen=True)
class Rules:
    """How a canary is let out, and what holds it back.

    Attributes:
        shares: of the requests (0 to 1), one step after the other; the last stays.
        bake: seconds of each step.
        most_errors: share of its requests that the canary may fail.
        most_slower: times the mean seconds of the version in use, and `slack` seconds more, that the canary may take.
        most_different: total variation distance (0 to 1) between the labels that both predict; nothing where there are more than 50.
        least: requests of each before times, and rows of each before labels, are compared.
    """

    shares: tuple[float, ...] = (0.05, 0.25, 0.5)
    bake: float = 600.0
    most_errors: float = 0.02
    most_slower: float = 3.0
    most_different: float = 0.2
    least: int = 200
    slack: float = 0.05


@dataclass
class _Seen:
    """What one version did since the canary came."""

    requests: int = 0
    errors: int = 0
    seconds: float = 0.0
    rows: int = 0
    labels: Counter[str] = field(default_factory=Counter)

    def note(self, answer: Answer, seconds: float) -> None:
        self.requests += 1
        self.seconds += seconds
        self.rows += answer.table.num_rows
        if len(self.labels) <= MOST_LABELS:
            self.labels.update(str(one) for one in answer.table["prediction"].to_pylist())


class Canary:
    """The version in use, and another one beside it.

    Args:
        slot: the version in use; canary: of another folder, signed by the same key.
        report: the canary's folder: `held/<model>.json` says what held it back.
        state: a folder of this runtime's own.
    """

    def __init__(
        self, slot: Slot, canary: Slot, rules: Rules, *, report: Path, state: Path,
        clock: Callable[[], float] = time.monotonic, dice: Callable[[], float] = random.random,
    ) -> None:
        self._slot, self._canary, self._rules, self._clock, self._dice = slot, canary, rules, clock, dice
        self._report, self._memory = report / "held" / f"{slot.model}.json", state / f"{slot.model}.held.json"
        self._lock = threading.Lock()
        self._about: Authorised | None = None
        self._since, self._why = clock(), ""
        self._beside = {"canary": _Seen(), "stable": _Seen()}

    @property
    def why(self) -> str:
        """What held the present canary back; empty where nothing did."""
        return self._why

    @property
    def share(self) -> float:
        """The share of requests that the canary gets now."""
        if self._about is None or self._why:
            return 0.0
        step = int((self._clock() - self._since) // self._rules.bake) if self._rules.bake else len(self._rules.shares)
        return self._rules.shares[min(step, len(self._rules.shares) - 1)]

    def look(self) -> None:
        """Follow the canary's folder; a new deployment begins with the first share, one that was held back stays back."""
        found = self._canary.look()
        with self._lock:
            if found == self._about:
                return
            self._about, self._since, self._why = found, self._clock(), ""
            self._beside = {"canary": _Seen(), "stable": _Seen()}
            if found is not None:
                self._why = self._held(found)

    def score(self, rows: pa.Table) -> tuple[Answer, str]:
        """An answer, and whose: `stable` or `canary`.

        Raises:
            ModelOpsError: the version in use cannot answer, and no canary did.
        """
        if self._dice() < self.share:
            started = self._clock()
            try:
                answer = self._canary.score(rows)
            except ModelOpsError as error:
                self._failed(str(error))
            else:
                self._note("canary", answer, self._clock() - started)
                return answer, "canary"
        started = self._clock()
        answer = self._slot.score(rows)
        self._note("stable", answer, self._clock() - started)
        return answer, "stable"

    def _note(self, whose: str, answer: Answer, seconds: float) -> None:
        with self._lock:
            self._beside[whose].note(answer, seconds)
            self._judge()

    def _failed(self, why: str) -> None:
        with self._lock:
            seen = self._beside["canary"]
            seen.requests, seen.errors = seen.requests + 1, seen.errors + 1
            self._judge(why)

    def _judge(self, last: str = "") -> None:
        canary, stable, rules = self._beside["canary"], self._beside["stable"], self._rules
        if self._about is None or self._why:
            return
        if canary.errors >= FEW_ERRORS and canary.errors > rules.most_errors * canary.requests:
            self._hold(f"{canary.errors} of its {canary.requests} requests failed, the last with: {last[:200]}")
        elif min(canary.requests - canary.errors, stable.requests) >= rules.least and _mean(canary) > rules.most_slower * _mean(stable) + rules.slack:
            self._hold(f"it takes {_mean(canary):.3f} s a request where the version in use takes {_mean(stable):.3f} s")
        elif min(canary.rows, stable.rows) >= rules.least and max(len(canary.labels), len(stable.labels)) <= MOST_LABELS:
            distance = _distance(canary, stable)
            if distance > rules.most_different:
                self._hold(f"its labels are at a distance of {distance:.2f} from those of the version in use, over {canary.rows} and {stable.rows} rows")

    def _hold(self, why: str) -> None:
        """No request goes to it any more; that is remembered before it is told."""
        about = self._about
        assert about is not None  # noqa: S101 - the caller has looked
        self._why = why
        body = canonical({"artifact": about.artifact, "epoch": about.epoch, "version": about.version, "why": why}) + b"\n"
        for path in (self._memory, self._report):
            try:
                write_durably(path, body, mode=0o644)
            except OSError as error:
                self._why = f"{why} ({path} cannot be written: {error.strerror})"

    def _held(self, about: Authorised) -> str:
        try:
            told = json.loads(self._memory.read_bytes())
            same = (told["epoch"], told["artifact"]) == (about.epoch, about.artifact)
            return str(told["why"]) if same else ""
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, KeyError, TypeError):
            return f"{self._memory}, which remembers what was held back, cannot be read"


def _mean(seen: _Seen) -> float:
    return seen.seconds / max(seen.requests - seen.errors, 1)


def _distance(one: _Seen, other: _Seen) -> float:
    """Total variation distance of two tables of labels."""
    return sum(abs(one.labels[label] / one.rows - other.labels[label] / other.rows) for label in {*one.labels, *other.labels}) / 2
