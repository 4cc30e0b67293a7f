"""How long calls are repeated, against a server that refuses them for a while. Time passes only while they wait."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.test_client import CREATE, READ
from wix_api.errors import RateLimitError, TransientError, UnavailableError
from wix_api.retry import RetryPolicy

if TYPE_CHECKING:
    from tests.api.conftest import Server

PAGE = b"<html><body>Too many requests</body></html>"
PASSING = {
    "429": (429, {"message": "slow down", "details": {}}),
    "HTML 429": (429, PAGE),
    "HTML 403": (403, PAGE),
    "408": (408, b""),
    "503": (503, {}),
    "dropped connection": None,
}
passing = pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)


def refusing(server: Server, answer: Any, seconds: float) -> None:
    """Answer the first request, and then nothing until some seconds of the clock have passed."""
    server.script = lambda _asked, number: (200, {"ok": True}) if number == 1 or server.clock.now >= seconds else answer


@passing
def test_a_refusal_that_lasts_ten_minutes_is_waited_out(server: Server, answer: Any) -> None:
    refusing(server, answer, 600)
    client = server.client()
    client.call(READ)
    assert client.call(READ) == {"ok": True}
    assert 600 <= server.clock.now <= 661
    assert len(server.asked) < 25


@passing
def test_a_refusal_that_lasts_too_long_ends_the_call_with_what_to_do(server: Server, answer: Any) -> None:
    refusing(server, answer, 100_000)
    client = server.client()
    client.call(READ)
    with pytest.raises(TransientError) as caught:
        client.call(READ)
    assert server.clock.now == pytest.approx(900)
    assert "for 15:00 min, as long as `retry_patience_seconds` allows. " in str(caught.value)
    assert str(caught.value).endswith(caught.value.advice)
    assert caught.value.advice


@pytest.mark.parametrize("answer", [PASSING["429"], PASSING["HTML 429"], PASSING["HTML 403"]])
def test_a_create_is_repeated_after_a_refusal_for_the_rate(server: Server, answer: Any) -> None:
    refusing(server, answer, 300)
    client = server.client()
    client.call(READ)
    assert client.call(CREATE) == {"ok": True}


@pytest.mark.parametrize("answer", [PASSING["408"], PASSING["503"], PASSING["dropped connection"]])
def test_a_create_that_may_have_been_done_is_not_repeated(server: Server, answer: Any) -> None:
    refusing(server, answer, 300)
    client = server.client()
    client.call(READ)
    with pytest.raises(UnavailableError) as caught:
        client.call(CREATE)
    assert caught.value.is_lost
    assert len(server.asked) == 2


RETRY_AFTER = {
    "a day": ("86400", 900),
    "centuries": ("999999999", 900),
    "some minutes": ("300", 300),
    "a date": ("Wed, 21 Oct 2015 07:33:00 GMT", 300),
    "a date in the past": ("Wed, 21 Oct 2015 07:00:00 GMT", 1),
    "a date far ahead": ("Fri, 31 Dec 9999 23:59:59 GMT", 900),
    "a date that is none": ("Mon, 99 Foo 2015 07:33:00 GMT", 1),
    "no end": ("inf", 1),
    "a number too large": ("1e400", 1),
    "no number": ("nan", 1),
    "less than nothing": ("-5", 1),
    "nothing": ("0", 1),
    "less than a second": ("0.01", 1),
    "words": ("soon", 1),
}


@pytest.mark.parametrize(("header", "wait"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after_is_waited_for_within_patience(server: Server, header: str, wait: float) -> None:
    headers = {"Retry-After": header, "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    server.script = lambda _asked, number: (429, {}, headers) if number == 1 else (200, {"ok": True})
    policy = server.clock.policy(jitter=lambda: 1.0)
    assert server.client(policy).call(READ) == {"ok": True}
    assert server.clock.now == wait
    assert max(server.clock.waits) <= 60


def test_a_retry_after_beyond_patience_is_named_when_the_run_ends(server: Server) -> None:
    server.script = lambda _asked, _number: (429, PAGE, {"Retry-After": "7200"})
    with pytest.raises(RateLimitError) as caught:
        server.client(server.clock.policy(patience=60)).call(READ)
    assert "Wix answered 429 with an HTML page" in str(caught.value)
    assert "asks to wait 2:00 h. It was repeated for 1:00 min" in str(caught.value)
    assert len(server.asked) == 2


@pytest.mark.parametrize("patience", [0, 2.5, 3600])
def test_patience_can_be_set(server: Server, patience: float) -> None:
    server.script = lambda _asked, _number: (429, {})
    with pytest.raises(RateLimitError):
        server.client(server.clock.policy(patience=patience)).call(READ)
    assert server.clock.now == pytest.approx(patience, abs=0.1)


def test_patience_of_no_seconds_asks_once(server: Server) -> None:
    server.script = lambda _asked, _number: (429, {})
    with pytest.raises(RateLimitError) as caught:
        server.client(server.clock.policy(patience=0)).call(READ)
    assert len(server.asked) == 1
    assert "repeated" not in str(caught.value)


def test_calls_share_one_patience_while_nothing_is_answered(server: Server) -> None:
    server.script = lambda _asked, _number: (429, {})
    client = server.client()
    for _ in range(5):
        with pytest.raises(RateLimitError):
            client.call(READ)
    assert server.clock.now == pytest.approx(900, abs=1)


def test_calls_at_the_same_time_share_one_patience(server: Server) -> None:
    server.script = lambda _asked, _number: (429, {})
    client = server.client()
    failures: list[Exception] = []

    def call() -> None:
        try:
            client.call(READ)
        except RateLimitError as error:
            failures.append(error)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 8
    assert len(server.asked) < 8 * 30


def test_patience_begins_anew_after_an_answer(server: Server) -> None:
    server.script = lambda _asked, number: (200, {}) if number == 12 else (429, {})
    client = server.client()
    client.call(READ)
    began = server.clock.now
    assert 60 < began < 900
    with pytest.raises(RateLimitError):
        client.call(READ)
    assert server.clock.now - began == pytest.approx(900, abs=1)


def test_patience_begins_anew_when_the_last_failure_was_long_ago(server: Server) -> None:
    server.script = lambda _asked, _number: (503, {})
    client = server.client()
    for _ in range(2):
        with pytest.raises(UnavailableError):
            client.call(CREATE)
        server.clock.now += 1000
    server.script = lambda _asked, number: (503, {}) if number == 3 else (200, {"ok": True})
    assert client.call(READ) == {"ok": True}


def test_waits_are_logged_each_minute_with_reason_and_end(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.script = lambda _asked, number: (429, PAGE, {"Retry-After": "600"}) if number == 1 else (200, {})
    server.client().call(READ)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 10
    pattern = (
        r"POST /things/query: Wix answered 429 with an HTML page \[request id req-1\] and asks to wait 10:00 min\. "
        r"Trying again in (\d+)\.0 s, until \d\d:\d\d:\d\d at most \(`retry_patience_seconds`\)\."
    )
    found = [re.fullmatch(pattern, line) for line in lines]
    assert [match and match[1] for match in found] == [str(left) for left in range(600, 0, -60)]


def test_waits_double_with_jitter_up_to_the_longest() -> None:
    policy = RetryPolicy(first_wait=1, longest_wait=5, jitter=lambda: 1.0)
    assert [policy.wait_after(tries, UnavailableError("x")) for tries in range(1, 6)] == [1, 2, 4, 5, 5]
    assert RetryPolicy(jitter=lambda: 0.0).wait_after(10_000, UnavailableError("x")) == 30
