from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wix_api.timestamps import earlier, milliseconds, normalise, of_wix, readable, render

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02T03:04:05.6Z", "2024-01-02T03:04:05.600Z"),
        ("2024-01-02T03:04:05.678999Z", "2024-01-02T03:04:05.678Z"),
        ("2024-01-02T05:04:05.678+02:00", "2024-01-02T03:04:05.678Z"),
        ("2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02 03:04:05.000 Z", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02 05:04:05.678 +0200", "2024-01-02T03:04:05.678Z"),
        ("2024-01-02", "2024-01-02T00:00:00.000Z"),
        ("2024-01-02T03:04:05", "2024-01-02T03:04:05.000Z"),
    ],
)
def test_every_form_becomes_the_one_form(text: str, normal: str) -> None:
    assert normalise(text) == normal
    assert normalise(normal) == normal


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        (1740816000123, "2025-03-01T08:00:00.123Z"),
        # As text, this also is a date and a time of the year 1712.
        ("1712011200000", "2024-04-01T22:40:00.000Z"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z"),
        ("soon", ""),
        (None, ""),
        (True, ""),
    ],
)
def test_milliseconds_of_wix_become_the_one_form(value: object, normal: str) -> None:
    assert of_wix(value) == normal
    assert not normal or of_wix(str(milliseconds(normal))) == normal


def test_digits_alone_are_no_date_where_wix_writes_dates() -> None:
    assert readable("1712011200000") == readable(1712011200000) == ""
    assert readable("20240401") == "2024-04-01T00:00:00.000Z"


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    cut = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in (one, other)]
    assert (render(one) < render(other)) == (cut[0] < cut[1])


@given(MOMENTS, st.integers(0, 10**6))
def test_earlier_goes_back(moment: datetime, seconds: int) -> None:
    assert earlier(render(moment), seconds) == render(moment - timedelta(seconds=seconds))


def test_zones_do_not_matter() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    assert render(datetime(2024, 1, 1, 5, 30, tzinfo=zone)) == "2024-01-01T00:00:00.000Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01"])
def test_values_that_are_not_dates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        normalise(text)
