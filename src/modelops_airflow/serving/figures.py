"""Figures of a runtime for Prometheus."""

from __future__ import annotations

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from .shadow import Shadow


class Figures:
    """What one model's runtime counts."""

    def __init__(self, model: str, shadow: Shadow | None = None) -> None:
        self._registry = CollectorRegistry()
        self._rows = Counter("modelops_rows_answered", "Rows answered.", ["model", "version", "role"],
                             registry=self._registry)
        self._refused = Counter("modelops_requests_refused", "Requests refused, by status.", ["model", "status"], registry=self._registry)
        self._seconds = Histogram("modelops_request_seconds", "Seconds from the body to the answer.", ["model"], registry=self._registry)
        self._model = model
        if shadow is not None:
            self._follow(shadow)

    def _follow(self, shadow: Shadow) -> None:
        requests = Gauge("modelops_shadow_requests", "Requests that the shadow was asked, failed, and was spared.", ["model", "outcome"],
                         registry=self._registry)
        for outcome in ("asked", "failed", "dropped"):
            requests.labels(self._model, outcome).set_function(partial(getattr, shadow, outcome))

    def answered(self, version: str, rows: int, *, role: str, seconds: float) -> None:
        """Count a request that was answered."""
        self._rows.labels(self._model, version, role).inc(rows)
        self._seconds.labels(self._model).observe(seconds)

    def refused(self, status: int) -> None:
        """Count a request that was not."""
        self._refused.labels(self._model, str(status)).inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)
