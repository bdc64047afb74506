"""What a Prometheus server may know of this process: counts and durations, of nobody.

A label's value comes from a closed list: a route's template, a method, a status, an
outcome, a purpose of the policies in force; whatever else there might be is `other`. So
no label can carry an identifier, and there are only so many series. Each process has
numbers of its own; a scan's process counts for itself and is not among them.
"""

import time
from collections.abc import Iterator
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.auth.principals import OWN_PURPOSES
from server.house.house import House

OTHER: Final = "other"
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
OUTCOMES: Final = frozenset(
    {"disclosed", "shown", "refused", "not_found", "erased", "damaged", "unavailable"}
    | {"intended", "written", "failed", "retired"}
)
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0)


class Metrics:
    """The numbers of one process."""

    def __init__(self, house: House) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "allod_http_requests",
            "Requests that were answered, by the route's template.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "allod_http_request_seconds",
            "How long requests took, to the last byte that was handed over.",
            ("route", "method"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        # Looked up by labels, each costs as much as a row; so they are kept.
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._registry.register(_OfTheHouse(house))
        ProcessCollector(registry=self._registry)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer."""
        known = self._known.get((route, method, status))
        if known is None:
            known = (
                self._answers.labels(route, method, str(status)),
                self._seconds.labels(route, method),
            )
            self._known[route, method, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def shown(self) -> Response:
        """Give all numbers as Prometheus reads them."""
        text = generate_latest(self._registry)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


class MeasuredApp:
    """Counts each answer, whichever way it was made."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            method = scope["method"] if scope["method"] in METHODS else OTHER
            taken = time.perf_counter() - begun
            # The router that found it has kept the route there.
            route = getattr(scope.get("route"), "path_format", OTHER)
            self._metrics.count(route, method, status, taken)


class _OfTheHouse(Collector):
    """Numbers that the parts of the house keep themselves, read when they are asked."""

    def __init__(self, house: House) -> None:
        self._house = house

    def describe(self) -> Iterator[Metric]:
        """Name nothing: what is collected is not asked for before there is a caller."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read all of them."""
        house, log = self._house, self._house.access_log
        yield self._decisions()
        yield _counter(
            "allod_access_log_commits",
            "Commits of the access log; events over commits is the size of a group.",
            log.tally.commits,
        )
        yield _gauge("allod_access_log_queue", "Turns that wait for it.", log.queued)
        latest = house.log.latest()
        size = latest.checkpoint.size if latest else 0
        yield _gauge("allod_ledger_entries", "Entries that are published.", size)
        waiting, unsent = house.log.backlog(), house.vault.orders.waiting()
        yield _gauge("allod_ledger_backlog", "Entries that wait for it.", waiting)
        yield _gauge("allod_orders_backlog", "Orders not in the mirror yet.", unsent)
        healthy = house.pdp.healthy()
        yield _gauge("allod_engine_healthy", "1 if the engine decides.", int(healthy))

    def _decisions(self) -> Metric:
        purposes = {*self._house.purposes.names, *OWN_PURPOSES}
        family = CounterMetricFamily(
            "allod_gate_events",
            "Events of the access log, by outcome and purpose.",
            labels=("outcome", "purpose"),
        )
        counts: dict[tuple[str, str], int] = {}
        for (outcome, purpose), number in self._house.access_log.tally.events():
            key = (
                outcome if outcome in OUTCOMES else OTHER,
                purpose if purpose in purposes else OTHER,
            )
            counts[key] = counts.get(key, 0) + number
        for key, number in sorted(counts.items()):
            family.add_metric(key, number)
        return family


def _counter(name: str, about: str, value: int) -> Metric:
    return CounterMetricFamily(name, about, value=value)


def _gauge(name: str, about: str, value: int) -> Metric:
    return GaugeMetricFamily(name, about, value=value)
