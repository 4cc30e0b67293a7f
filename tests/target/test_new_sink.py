"""A new sink is one class, its table of members, and one row in the table of streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from target_wix.change import Command
from target_wix.domain import Domain
from target_wix.domain_table import DOMAINS
from target_wix.fields import Field, Fields, derived, length
from target_wix.matching import Reader
from tests.target.runs import messages, writes
from wix_api.catalog import StoreCatalog
from wix_api.endpoints import stores_v3
from wix_api.operations import Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_wix.change import Change, Entity
    from target_wix.matching import Key
    from target_wix.stream import Stream
    from tests.target.runs import Run
    from wix_sandbox import RunningSite

PATH = "/stores/v3/info-sections"
SECTION = {"uniqueName": "care", "title": "Care", "plainDescription": "<p>Wash by hand.</p>"}


class InfoSections(Domain):
    """Writes the info sections that products share."""

    kind = "info_sections"
    rank = 0
    refuses_twins = True
    fields = Fields(
        Field("uniqueName", limit=length(100, 1), required=True),
        Field("title", limit=length(50, 1), required=True),
        Field("plainDescription"),
        *derived("id revision createdDate updatedDate"),
    )
    reader: Reader

    def __init__(self, stream: Stream) -> None:
        self.reader = Reader(
            stream.run, stores_v3.INFO_SECTIONS, Operation("GET", f"{PATH}/{{id}}", reads=True), "infoSection"
        )
        super().__init__(stream)

    @override
    def keys(self) -> tuple[Key, ...]:
        return (self.reader.key("id"), self.reader.key("uniqueName"))

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        return self.write_each(changes, self._write)

    def _write(self, change: Change) -> None:
        names = {"id": change.id}
        if change.command is Command.DELETE:
            self.client.call(Operation("DELETE", f"{PATH}/{{id}}"), names=names)
            self.record_deleted(change)
        elif not change.current:
            made: Entity = self.client.entity(Operation("POST", PATH), "infoSection", body={"infoSection": change.body})
            self.record_created(change, made["id"])
            self.record_written(change)
        else:
            body = {"infoSection": {**change.body, "id": change.id, "revision": change.current["revision"]}}
            self.client.call(Operation("PATCH", f"{PATH}/{{id}}"), names=names, body=body)
            self.record_written(change)


@pytest.fixture
def write(
    empty_v3: RunningSite, run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], tuple[dict[str, Any], int]]:
    """Return a function that writes one record, and returns its result and the number of writes."""
    monkeypatch.setitem(DOMAINS[StoreCatalog.V3], "info_sections", InfoSections)

    def start(record: dict[str, Any]) -> tuple[dict[str, Any], int]:
        before = len(writes(empty_v3))
        done = run(empty_v3, messages(info_sections=[record]))
        return done.results[0], len(writes(empty_v3)) - before

    return start


def test_a_record_of_a_new_sink_is_created_compared_updated_and_deleted(write, empty_v3):
    made, sent = write(SECTION)
    assert (made["outcome"], sent) == ("created", 1)
    again, sent = write(SECTION)
    assert (again["outcome"], again["key"], sent) == ("unchanged", "uniqueName=care", 0)
    changed, sent = write({**SECTION, "title": "How to care"})
    assert (changed["outcome"], changed["fields"], sent) == ("updated", ["title"], 1)
    assert [each["title"] for each in empty_v3.state()["info_sections"]] == ["How to care"]
    gone, sent = write({"uniqueName": "care", "_command": "delete"})
    assert (gone["outcome"], sent) == ("deleted", 1)


def test_a_record_of_a_new_sink_is_parsed_and_limited_by_its_table(write):
    for record, code in (
        ({**SECTION, "title": ["Care"]}, "WRONG_TYPE"),
        ({**SECTION, "title": "C" * 51}, "MAX_LENGTH"),
        ({"uniqueName": "care"}, "REQUIRED_FIELD"),
    ):
        result, sent = write(record)
        assert (result["error"]["code"], result["error"]["field"], sent) == (code, "title", 0)


def test_an_unknown_member_of_a_new_sink_is_named_with_the_nearest_one(write, caplog):
    write({**SECTION, "titel": "Care"})
    assert "info_sections: `titel` cannot be written and is left out. The nearest column is `title`." in caplog.text
