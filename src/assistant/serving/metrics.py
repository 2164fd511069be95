"""Metrics: what those who run the service watch, as Prometheus reads it.

Counts and times only. Labels come from fixed lists (routes, statuses, reasons, stages), never from a request.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from assistant.answering.answer import Answer
from assistant.serving.service import Service

_STAGES = ("total", "encode", "search", "select")
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds."""


class Metrics:
    """All that is counted of one service."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._requests = Counter(
            "assistant_requests",
            "Requests, by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "assistant_request_seconds",
            "From a request's head to its answer's end, by route.",
            ("route",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._answers = Counter(
            "assistant_answers", "Answers, by status and reason.", ("status", "reason"), registry=self.registry
        )
        stage = Histogram(
            "assistant_stage_seconds",
            "What answers took, by stage.",
            ("stage",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._stages = [(name, stage.labels(name)) for name in _STAGES]
        self._degraded = Counter("assistant_degraded_answers", "Answers made by words alone.", registry=self.registry)
        self.limited = Counter(
            "assistant_rate_limited", "Requests refused for their client's rate.", registry=self.registry
        )
        self.registry.register(_State(service))
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        service.line.listeners.append(self.note_answer)

    def note_answer(self, answer: Answer) -> None:
        """Count one answer."""
        self._answers.labels(answer.status, answer.reason or "").inc()
        if answer.degraded:
            self._degraded.inc()
        for name, histogram in self._stages:
            histogram.observe(getattr(answer.timings, name) / 1000)

    def note_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request; `route` is a pattern such as /v1/entries/{entry_id}, never a path."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)


class _State(Collector):
    """What is read off when it is asked for, and costs no request anything."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """Yield the state of the line and of what serves."""
        line, desk = self._service.line, self._service.desk
        for name, about, value in (
            ("assistant_waiting", "Questions waiting in line.", line.waiting),
            ("assistant_working", "Questions being answered.", line.working),
            ("assistant_ready", "1 while an index is loaded.", int(desk is not None)),
        ):
            yield GaugeMetricFamily(name, about, value)
        refused = CounterMetricFamily(
            "assistant_refused",
            "Refused by the line: full, waited too late, or the client was gone.",
            labels=["reason"],
        )
        for reason, count in line.refused.items():
            refused.add_metric([reason], count)
        yield refused
        if desk is not None:
            yield GaugeMetricFamily("assistant_entries", "Entries served.", len(desk.snapshot.library.entries))
            info = GaugeMetricFamily(
                "assistant_snapshot_info", "1, with the snapshot that serves.", labels=["snapshot"]
            )
            info.add_metric([desk.snapshot.id], 1)
            yield info
            age = _age_of(self._service.settings.index / desk.snapshot.id)
            if age is not None:
                yield GaugeMetricFamily(
                    "assistant_snapshot_age_seconds", "Since the snapshot that serves was built.", age
                )


def _age_of(folder: Path) -> float | None:
    try:
        return max(0.0, time.time() - folder.stat().st_mtime)
    except OSError:
        return None
