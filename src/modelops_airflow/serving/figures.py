"""Figures of a runtime for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from .outage import Outages
from .reply import Desk


class Figures:
    """What the front of one model counts: a process that is ended takes no figure with it."""

    def __init__(self, model: str, desks: Mapping[str, Desk], outages: Outages) -> None:
        self._registry = CollectorRegistry()
        self._rows = Counter("modelops_rows_answered", "Rows answered.", ["model", "version", "role"],
                             registry=self._registry)
        self._refused = Counter("modelops_requests_refused", "Requests refused, by status.", ["model", "status"], registry=self._registry)
        self._seconds = Histogram("modelops_request_seconds", "Seconds from the body to the answer.", ["model"], registry=self._registry)
        self._missed = Counter("modelops_outage_requests", "Requests that found no process: `fallback` answered them, or they were `refused`.",
                               ["model", "process", "outcome"], registry=self._registry)
        self._up = Gauge("modelops_process_up", "Whether a process is there.", ["model", "process"], registry=self._registry)
        self._outages = Gauge("modelops_outages", "Outages of a process since the front started.", ["model", "process"], registry=self._registry)
        self._without = Gauge("modelops_outage_seconds", "Seconds without a process since the front started.", ["model", "process"], registry=self._registry)
        self._shadow = Gauge("modelops_shadow_requests", "Requests that the shadow was asked, failed, and was spared.", ["model", "outcome"],
                             registry=self._registry)
        self._model, self._desks, self._seen = model, desks, outages

    def answered(self, version: str, rows: int, *, role: str, seconds: float) -> None:
        """Count a request that was answered."""
        self._rows.labels(self._model, version, role).inc(rows)
        self._seconds.labels(self._model).observe(seconds)

    def refused(self, status: int) -> None:
        """Count a request that was not."""
        self._refused.labels(self._model, str(status)).inc()

    def missed(self, process: str, *, answered: bool) -> None:
        """Count a request that found no process."""
        self._missed.labels(self._model, process, "fallback" if answered else "refused").inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        for name, desk in self._desks.items():
            state = desk.state
            self._up.labels(self._model, name).set(state is not None)
            self._outages.labels(self._model, name).set(self._seen.count.get(name, 0))
            self._without.labels(self._model, name).set(self._seen.seconds(name))
            for outcome, number in zip(("asked", "failed", "dropped"), state.shadow if state is not None else (), strict=False):
                self._shadow.labels(self._model, outcome).set(number)
        return generate_latest(self._registry)
