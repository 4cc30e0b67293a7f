"""A target in this process whose life may end at any request, STATE or result."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from typing_extensions import override

from sandbox_support.wire import Wire
from target_wix import run as target_run
from target_wix import sdk_overrides, site_lock
from target_wix.memory import IndexLag
from target_wix.target import TargetWix
from tests.clock import Clock
from tests.killing.output import Killed, Output, in_place_of_stdout
from tests.target.runs import lines
from wix_api.retry import RetryPolicy
from wix_api.settings import connect
from wix_sandbox.auth import API_KEY, SITE_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import requests

    from target_wix.change import Result
    from wix_api.client import WixClient
    from wix_sandbox import Sandbox

    Witness = Callable[[requests.PreparedRequest], None]

LAG_SECONDS = 5.0


@dataclass(frozen=True)
class End:
    """Where a run is killed: when an event happens for the nth time.

    Attributes:
        what: "before" a request is sent, "after" it was answered, at a "state" or at a "result"; "" for nowhere.
        at: From 1.
        cut: Share of the STATE's line that still gets out.
    """

    what: str = ""
    at: int = 0
    cut: float = 0.0


@dataclass
class Life:
    """What came of one run, as those see it who are left.

    Attributes:
        states: STATE values that were written.
        results: Results file as it was at the end.
        error: What ended the run; None if it came to its end.
        killed: Whether it was killed.
        counts: How often each kind of thing happened.
    """

    states: list[Any] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    error: BaseException | None = None
    killed: bool = False
    counts: dict[str, int] = field(default_factory=dict)


class _Death:
    """Counts what happens, and ends the life at its time; from then on nothing gets out any more."""

    def __init__(self, end: End, output: Output, results: Path) -> None:
        self._end = end
        self._output = output
        self._results = results
        self.counts = {"before": 0, "after": 0, "result": 0}
        self.left = b""

    @property
    def came(self) -> bool:
        return self._output.dead

    def look(self, what: str) -> None:
        if self._output.dead:
            raise Killed
        self.counts[what] += 1
        if self._end.what == what and self.counts[what] == self._end.at:
            self.come()

    def come(self) -> None:
        self.left = self._results.read_bytes()
        self._output.kill()

    def marking(self, mark: Callable[[IndexLag], None]) -> Callable[[IndexLag], None]:
        return lambda lag: None if self.came else mark(lag)


class _KillingWire(Wire):
    def __init__(self, sandbox: Sandbox, death: _Death, witness: Witness) -> None:
        super().__init__(sandbox, lambda: death.look("before"))
        self._death = death
        self._witness = witness

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._witness(request)
        response = super().send(request, *args, **kwargs)
        self._death.look("after")
        return response


class _StateOutput(Output):
    """Takes STATE lines; a life that ends there takes its results with it."""

    death: _Death

    @override
    def kill(self) -> None:
        if not self.dead:
            self.death.left = self.death._results.read_bytes()
        super().kill()


def live(
    sandbox: Sandbox,
    listed: list[dict[str, Any]],
    results: Path,
    end: End = End(),
    *,
    settings: Mapping[str, Any] | None = None,
    records_between_states: int = 500,
    workers: int = 1,
    target_of: Callable[[dict[str, Any]], TargetWix] = lambda config: TargetWix(config=config),
    witness: Witness = lambda _: None,
) -> Life:
    """Run the target over messages until the end of its life. The witness sees each request before it is sent.

    `target_of` makes the target from its settings.
    """
    site = sandbox.site
    output = _StateOutput(end.at if end.what == "state" else 0, "kill", end.cut)
    death = output.death = _Death(end, output, results)
    config = {
        "api_url": "http://sandbox.localhost",
        "store_catalog": site.options.catalog,
        "api_key": API_KEY,
        "site_id": SITE_ID,
        "results_path": str(results),
        "requests_per_minute": 1_000_000,
        **(settings or {}),
    }

    def clock() -> float:
        return site.clock().timestamp()

    def wired(config: Mapping[str, Any], **kept: Any) -> WixClient:
        wire = _KillingWire(sandbox, death, witness)
        patience = RetryPolicy(clock=clock, sleep=site.clock.shift, jitter=lambda: 0.5)
        kept |= {"retry": patience, "pacer": Clock().pacer(1_000_000), "adapter": wire}
        made: WixClient = connect(config, clock=clock, **kept)
        return made

    life = Life()
    with (
        in_place_of_stdout(output),
        mock.patch.object(target_run, "connect", wired),
        mock.patch.object(target_run, "CONCURRENT_CALLS", workers),
        mock.patch.object(sdk_overrides, "RECORDS_BETWEEN_STATES", records_between_states),
        mock.patch.object(site_lock, "clock", clock),
        mock.patch.object(site_lock, "uptime", clock),
        mock.patch.dict(os.environ, {"XDG_STATE_HOME": str(results.parent)}),
    ):
        target = target_of(config)
        run = target.run
        run.lag = IndexLag(
            LAG_SECONDS,
            clock=clock,
            sleep=site.clock.shift,
            before=run.lock.before,
            refuses_twins=lambda: site.catalog.name == "V3",
        )
        run.undo_log.clock = clock
        settle = run.record_outcome

        def settled(result: Result, begun: int | None = None) -> None:
            settle(result, begun)
            death.look("result")

        run.record_outcome = settled  # type: ignore[method-assign] # a place to die at
        run.lock.end = death.marking(run.lock.end)  # type: ignore[method-assign] # the dead leave no marks
        try:
            target.listen(io.StringIO(lines(listed)))
        except Killed:
            life.killed = True
        except Exception as error:  # noqa: BLE001 - handed to the test
            life.error = error
            try:
                target.settle_up(error)
            except Killed:
                life.killed = True
        life.killed = life.killed or death.came
    left = death.left if life.killed else results.read_bytes()
    life.states = list(output.messages())
    life.results = [json.loads(line) for line in left.splitlines()]
    life.counts = {**death.counts, "state": len(life.states)}
    run.outcomes.close()
    # As the kernel does when a process ends.
    run.client.close()
    run.memory.close()
    run.lock.release()
    return life
