from __future__ import annotations

from target_wix import made
from target_wix.index_lag import IndexLag
from target_wix.made import Made


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_keys_are_forgotten_once_queries_show_them_and_not_before(monkeypatch):
    monkeypatch.setattr(made, "NEWEST", 2)
    clock = Clock()
    lag = IndexLag(5, clock=clock)
    known = Made(lag)
    for number in range(4):
        known.put("sku", f"S{number}", str(number))
        lag.wrote(str(number))
    assert [known.get("sku", f"S{number}") for number in range(4)] == ["0", "1", "2", "3"]

    clock.now = 6
    known.put("sku", "S4", "4")

    assert [known.get("sku", f"S{number}") for number in range(5)] == [None, None, None, "3", "4"]


def test_a_deleted_entity_is_forgotten_under_all_its_keys():
    known = Made(IndexLag(0))
    known.put("sku", "A", "1")
    known.put("handle", "a", "1")
    known.put("sku", "B", "2")
    known.put("sku", "B", "1")

    known.forget("1")
    known.forget("unknown")

    assert [known.get("sku", "A"), known.get("handle", "a"), known.get("sku", "B")] == [None, None, None]
    known.forget("2")
