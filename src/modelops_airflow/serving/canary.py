"""Canary: a share of the requests goes to another signed version, step by step, until something is wrong with it.

What the canary fails at, the version in use answers: no request is lost. What holds it back is written down
where the register's reconciliation finds it and takes its deployment out of service.
"""

from __future__ import annotations

import json
import math
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
from .slot import Answer, Beside, Slot

if TYPE_CHECKING:
    import pyarrow as pa

FEW_ERRORS, MOST_LABELS, OF_A_REQUEST = 3, 50, 20
"""Errors before a share of them is looked at, different predictions up to which they are compared as labels, and rows of one request that count."""


@dataclass(frozen=True)
class Rules:
    """How a canary is let out, and what holds it back.

    Attributes:
        shares: of the requests (0 to 1), one step after the other; the last stays.
        bake: seconds of each step, if `enough` requests were answered in it.
        most_errors: share of its requests that the canary may fail.
        most_slower: times the mean seconds of the version in use, and `slack` seconds more, that the canary may take.
        most_different: total variation distance (0 to 1) between the labels that both predict, beyond what chance makes of so many rows.
        least: requests of each before times, and rows of each before labels, are compared.
        enough: requests that the canary must have answered in a step before the next one.
    """

    shares: tuple[float, ...] = (0.05, 0.25, 0.5)
    bake: float = 600.0
    most_errors: float = 0.02
    most_slower: float = 3.0
    most_different: float = 0.2
    least: int = 200
    slack: float = 0.05
    enough: int = 20


@dataclass
class _Seen:
    """What one version did since the canary came."""

    requests: int = 0
    errors: int = 0
    seconds: float = 0.0
    rows: int = 0
    labels: Counter[str] = field(default_factory=Counter)

    def note(self, answer: Answer, seconds: float) -> None:
        counted = answer.table["prediction"].slice(0, OF_A_REQUEST).to_pylist()  # one caller's large request is not everybody's
        self.requests += 1
        self.seconds += seconds
        self.rows += len(counted)
        if len(self.labels) <= MOST_LABELS:
            self.labels.update(str(float(one)) if isinstance(one, int | float) else str(one) for one in counted)


class Canary:
    """The version in use, and another one beside it.

    Args:
        slot: the version in use; canary: of another folder, signed by the same key, in a process of its own.
        report: the canary's folder: `held/<model>.json` says what held it back.
        state: a folder of this runtime's own.
    """

    def __init__(
        self, slot: Slot, canary: Beside, rules: Rules, *, report: Path, state: Path,
        clock: Callable[[], float] = time.monotonic, dice: Callable[[], float] = random.random,
    ) -> None:
        self._slot, self._canary, self._rules, self._clock, self._dice = slot, canary, rules, clock, dice
        self._report, self._memory = report / "held" / f"{slot.model}.json", state / f"{slot.model}.held.json"
        self._lock = threading.Lock()
        self._about: Authorised | None = None
        self._stable: Authorised | None = None
        self._ended = False
        self._begin()

    def _begin(self) -> None:
        """A canary beside a version in use, from the first share on."""
        self._step, self._since, self._in_step, self._why, self._ended = 0, self._clock(), 0, "", False
        self._beside = {"canary": _Seen(), "stable": _Seen()}

    @property
    def why(self) -> str:
        """What held the present canary back; empty where nothing did."""
        return self._why

    @property
    def share(self) -> float:
        """The share of requests that the canary gets now."""
        if self._about is None or self._why or self._ended or self._slot.about is None:
            return 0.0  # beside a version that is not in use there is no canary
        return self._rules.shares[self._step]

    def look(self) -> None:
        """Follow the canary's folder; a new deployment begins with the first share, one that was held back stays back."""
        found, stable = self._canary.look(), self._slot.about
        with self._lock:
            if found != self._about:
                self._about, self._stable = found, stable
                self._begin()
                if found is not None:
                    self._why = self._held(found)
            elif stable != self._stable and stable is not None:
                self._ended = self._stable is not None  # another version is in use than the one that it was let out beside
                self._stable = stable
            if found is not None and stable is not None and found.artifact == stable.artifact:
                self._ended = True
            if found is not None and not self._why and self._canary.spoilt:
                self._hold(self._canary.spoilt)
            self._advance()

    def _advance(self) -> None:
        last = len(self._rules.shares) - 1
        if self._step < last and self._in_step >= self._rules.enough and self._clock() - self._since >= self._rules.bake:
            self._step, self._since, self._in_step = self._step + 1, self._clock(), 0

    def score(self, rows: pa.Table) -> tuple[Answer, str]:
        """An answer, and whose: `stable` or `canary`.

        Raises:
            ModelOpsError: the version in use cannot answer, and no canary did.
        """
        failed = ""
        if self._dice() < self.share and self._canary.free:  # a canary that hangs or is not there takes nobody's time
            started = self._clock()
            try:
                answer = self._canary.score(rows)
            except ModelOpsError as error:
                failed = str(error)
            else:
                self._note("canary", answer, self._clock() - started)
                return answer, "canary"
        started = self._clock()
        answer = self._slot.score(rows)
        self._note("stable", answer, self._clock() - started)
        if failed:  # rows that neither answers are the caller's mistake
            self._failed(failed)
        return answer, "stable"

    def _note(self, whose: str, answer: Answer, seconds: float) -> None:
        with self._lock:
            if answer.by != (self._about if whose == "canary" else self._stable):
                return  # of a version that was there when it was asked
            self._beside[whose].note(answer, seconds)
            self._in_step += whose == "canary"
            self._judge()
            self._advance()

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
        elif min(canary.rows, stable.rows) >= rules.least:
            self._judge_labels(canary, stable)

    def _judge_labels(self, canary: _Seen, stable: _Seen) -> None:
        many = [len(one.labels) > MOST_LABELS for one in (canary, stable)]
        if many == [True, False]:
            self._hold(f"it predicts more than {MOST_LABELS} different values, and the version in use {len(stable.labels)}")
        elif not any(many) and (distance := _distance(canary, stable)) > self._rules.most_different + _chance(canary, stable):
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
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return f"{self._memory}, which remembers what was held back, cannot be read"


def _mean(seen: _Seen) -> float:
    return seen.seconds / max(seen.requests - seen.errors, 1)


def _chance(one: _Seen, other: _Seen) -> float:
    """What the distance of two samples of one population stays below: its mean at the most, and three standard deviations.

    Source: the mean by Cauchy-Schwarz over the labels' counts, the deviation by the Efron-Stein inequality.
    """
    spread = 1 / one.rows + 1 / other.rows
    return math.sqrt(len({*one.labels, *other.labels}) * spread) / 2 + 1.5 * math.sqrt(spread)


def _distance(one: _Seen, other: _Seen) -> float:
    """Total variation distance of two tables of labels."""
    return sum(abs(one.labels[label] / one.rows - other.labels[label] / other.rows) for label in {*one.labels, *other.labels}) / 2
