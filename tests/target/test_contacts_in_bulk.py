"""Contacts v5: a hundred contacts in one call where the site has it, and the same contacts where it has not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.runs import messages, rows, writes
from wix_api.endpoints import contacts
from wix_sandbox.resources import contacts_v5_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.runs import Run
    from wix_sandbox import RunningSite

    Entity = dict[str, Any]
    Load = Callable[..., Run]

MANY = 1000
WAYS = ("all", "absent")
"""Who may call Contacts v5. `apps` waits for a rate limit to end, as an empty 403 may be one."""
PICTURE = {"image": {"id": "a", "url": "https://example.com/a.png", "height": 1, "width": 1}}
BEYOND_V5: dict[str, Entity] = {
    "labels": {"labelKeys": {"items": ["custom.a"]}},
    "extended fields": {"extendedFields": {"items": {"custom.a": "x"}}},
    "a picture": {"picture": PICTURE},
    "a tag of an e-mail": {"emails": {"items": [{"email": "{0}@example.com", "tag": "WORK"}]}},
    "the country of a phone": {"phones": {"items": [{"phone": "1-{0}", "countryCode": "US"}]}},
    "12 e-mails": {"emails": {"items": [{"email": f"{{0}}-{at}@example.com"} for at in range(12)]}},
    "a bare state": {"addresses": {"items": [{"address": {"country": "US", "subdivision": "NY"}}]}},
}
"""Members that v5 cannot hold; `{0}` is the number of the contact."""
WITHIN_V5: dict[str, Entity] = {
    "company": {"company": "Kiln", "jobTitle": "Potter", "birthdate": "1990-05-01", "locale": "en"},
    "two e-mails": {
        "emails": {"items": [{"email": "{0}a@example.com"}, {"email": "{0}@example.com", "primary": True}]}
    },
    "phones": {"phones": {"items": [{"phone": "1-{0}", "tag": "UNTAGGED"}, {"phone": "2-{0}", "tag": "MOBILE"}]}},
    "an address": {"addresses": {"items": [{"tag": "HOME", "address": {"country": "US", "subdivision": "US-NY"}}]}},
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(open_shop: Callable[..., RunningSite]) -> RunningSite:
    return open_shop(catalog="absent", empty=True, random_seed=3)


@pytest.fixture
def load(site: RunningSite, run: Load) -> Load:
    """Load contacts, with `create_missing_…` set; the journal begins anew."""

    def start(*records: Entity, **settings: Any) -> Run:
        site.journal.clear()
        makes = {"create_missing_labels": True, "create_missing_fields": True}
        return run(site, messages(contacts=records), stream_options={"contacts": makes}, **settings)

    return start


def person(number: int, **members: Any) -> Entity:
    return {"firstName": f"Ann {number}", "email": f"ann-{number}@example.com", **members}


def with_info(members: Entity, number: int) -> Entity:
    """Return a record in the shape of tap-wix, with a name, an e-mail, and further members."""

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(one) for name, one in value.items()}
        return [filled(one) for one in value] if isinstance(value, list) else str_of(value)

    def str_of(value: Any) -> Any:
        return value.replace("{0}", str(number)) if isinstance(value, str) else value

    emails = {"items": [{"email": f"{number}@example.com"}]}
    return {"info": {"name": {"first": f"Ann {number}"}, "emails": emails, **filled(members)}}


def there(site: RunningSite) -> list[Entity]:
    """Return the contacts of the site, without what differs between two sites."""
    own = {"id", "revision", "createdDate", "updatedDate", "lastActivity", "source"}
    shown = [{name: value for name, value in row.items() if name not in own} for row in rows(site, contacts.CONTACTS)]
    for row in shown:
        for name in ("emails", "phones", "addresses"):
            for item in (row["info"].get(name) or {}).get("items") or []:
                del item["id"]
            if name in row["info"]:
                row["info"][name]["items"].sort(key=str)
    return sorted(shown, key=lambda row: str(row["info"].get("name")))


def sent(site: RunningSite) -> Counter[str]:
    return Counter(str(entry.operation) for entry in site.journal.entries)


@pytest.mark.parametrize("number", [MANY, pytest.param(10_000, marks=pytest.mark.soak)])
def test_new_contacts_take_a_hundredth_of_the_requests(site: RunningSite, load: Load, number: int) -> None:
    people = [person(at, phone=f"+1 212 {at:07}") for at in range(number)]
    done = load(*people)
    assert Counter(done.outcomes) == {"created": number}
    # 1,000 e-mails or 1,000 phones are looked up in one query. No request asks for the store catalog.
    expected = {"contacts.query": 2 * number // MANY, "contacts-v5.bulk-create": number // 100}
    assert sent(site) == expected
    assert sum(expected.values()) <= 120 * number // 10_000
    load(*people)
    assert writes(site) == []


@pytest.mark.parametrize("members", {**WITHIN_V5, **BEYOND_V5}.values(), ids={**WITHIN_V5, **BEYOND_V5})
def test_contacts_are_the_same_whoever_may_call_v5(
    open_shop: Callable[..., RunningSite], run: Load, members: Entity
) -> None:
    made, used = [], set()
    records = [with_info(members, number) for number in range(2)]
    options = {"create_missing_labels": True, "create_missing_fields": True}
    for way in WAYS:
        site = open_shop(catalog="absent", empty=True, random_seed=3, readings={"contacts-v5": way})
        site.store.insert(
            "labels", {"id": "custom.a", "key": "custom.a", "displayName": "A", "labelType": "USER_DEFINED"}
        )
        for _ in range(2):
            done = run(site, messages(contacts=records), stream_options={"contacts": options})
        assert done.outcomes == ["unchanged"] * 2
        made.append(there(site))
        used |= {way} if "contacts-v5.bulk-create" in sent(site) else set()
    assert made[0] == made[1]
    beyond = members in BEYOND_V5.values()
    assert used == (set() if beyond else {"all"})


def test_a_dry_run_counts_what_a_run_sends(site: RunningSite, load: Load, way: str) -> None:
    site.site.readings.choose({"contacts-v5": way})
    records = [person(number) for number in range(3)] + [person(7, labels=["A"])]
    changed = [person(0, company="Kiln"), person(1, company="Kiln"), {**person(2), "_command": "delete"}]
    of_each_kind = [
        *(person(number, company="Clay") for number in (0, 1)),
        *({**person(number), "_command": "delete"} for number in (3, 7)),
        *map(person, (8, 9)),
    ]
    for some in (records, changed, of_each_kind):
        plan = load(*some, dry_run=True)
        done = load(*some)
        assert plan.outcomes == done.outcomes
        assert sum(sent(site).values()) == plan.plan, sent(site)


def _refused(site: RunningSite) -> int:
    """Return the number of calls of v5 that the site refused."""
    return sum(entry.path.startswith("/contacts/v5/") and entry.status != 200 for entry in site.journal.entries)


def test_a_site_without_v5_is_asked_once_and_named_once(
    site: RunningSite, load: Load, caplog: pytest.LogCaptureFixture
) -> None:
    site.site.readings.choose({"contacts-v5": "absent"})
    assert load(*map(person, range(250))).outcomes == ["created"] * 250
    assert _refused(site) == 1
    assert len([line for line in caplog.messages if "Contacts v5 is not available" in line]) == 1


def test_updates_and_deletes_are_bulk_calls_and_deleted_contacts_can_be_restored(site: RunningSite, load: Load) -> None:
    load(*map(person, range(150)))
    done = load(*(person(number, company="Kiln") for number in range(150)))
    assert set(done.outcomes) == {"updated"}
    assert sent(site)["contacts-v5.bulk-update"] == 2
    done = load(*({**person(number), "_command": "delete"} for number in range(150)), max_deletes="100%")
    assert set(done.outcomes) == {"deleted"}
    assert sent(site)["contacts-v5.bulk-delete"] == 2
    assert len(list(site.store.all(contacts_v5_store.TRASH))) == 150


def test_what_v5_refuses_is_written_by_v4(site: RunningSite, load: Load) -> None:
    load({"firstName": "Eve", "email": "eve@example.com", "phone": "555"})
    odd = [{"firstName": "Ann", "email": "ann@at home"}, {"firstName": "Bob", "email": "bob@at home"}]
    # Two people share a phone, which v5 refuses and v4 does not.
    family = [{"firstName": "Dan", "email": "dan@example.com", "phone": "555"}, {"email": "kim@example.com"}]
    done = load(*odd, *family)
    assert set(done.outcomes) == {"created"}
    assert load(*odd, *family).outcomes == ["unchanged"] * 4
    assert len(there(site)) == 5


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("operation", ["bulk-create", "bulk-update", "bulk-delete"])
def test_a_lost_answer_is_looked_up(site: RunningSite, load: Load, operation: str, drop: str) -> None:
    people = [person(number, company="Old") for number in range(3)]
    if operation != "bulk-create":
        load(*people)
    command = {"_command": "delete"} if operation == "bulk-delete" else {"company": "New"}
    site.faults.plan({"operation": f"contacts-v5.{operation}", "action": {"drop": drop}, "times": 1})
    done = load(*({**one, **command} for one in people))
    assert done.error is None
    assert len(set(done.outcomes)) == 1
    assert [row["info"]["company"] for row in there(site)] == ([] if operation == "bulk-delete" else ["New"] * 3)


def test_an_item_that_is_refused_is_rejected_alone(site: RunningSite, load: Load) -> None:
    load(*map(person, range(3)))
    member = rows(site, contacts.CONTACTS)[0]
    site.store.update("contacts", {**member, "memberInfo": {"memberId": "m", "email": member["primaryInfo"]["email"]}})
    gone = [{**person(number), "_command": "delete"} for number in range(3)]
    done = load(*gone, on_reject="skip", max_deletes="100%")
    assert sorted(done.outcomes) == ["deleted", "deleted", "rejected"]
    assert done.codes == ["CANNOT_DELETE_MEMBER"]


# External ids


def external(number: int, **members: Any) -> Entity:
    return {"externalId": f"crm-{number}", "firstName": f"Ann {number}", **members}


def external_ids(site: RunningSite) -> list[str]:
    return sorted(row["externalId"] for row in site.store.all("contacts_v5") if "externalId" in row)


def test_an_external_id_is_a_key(site: RunningSite, load: Load) -> None:
    people = [external(number) for number in range(3)]
    assert load(*people).outcomes == ["created"] * 3
    assert external_ids(site) == ["crm-0", "crm-1", "crm-2"]
    assert load(*people).outcomes == ["unchanged"] * 3
    assert writes(site) == []
    assert load({"externalId": "crm-1", "lastName": "Lee"}).outcomes == ["updated"]
    assert [row["info"]["name"].get("last") for row in there(site)] == [None, "Lee", None]
    assert load({"externalId": "crm-1", "_command": "delete"}).outcomes == ["deleted"]
    assert len(there(site)) == 2


def test_an_external_id_is_added_once(site: RunningSite, load: Load) -> None:
    load(person(1), person(2))
    assert load(person(1, externalId="crm-1")).results[0]["fields"] == ["externalId"]
    assert load(person(1, externalId="crm-1")).outcomes == ["unchanged"]
    done = load(person(1, externalId="crm-2"), person(2, externalId="crm-2"), on_reject="skip")
    assert done.codes == ["NOT_UPDATABLE"]
    assert external_ids(site) == ["crm-1", "crm-2"]


def test_an_external_id_with_the_phone_of_another_person_is_rejected_at_the_first_refusal(
    site: RunningSite, load: Load
) -> None:
    load({"firstName": "Eve", "email": "eve@example.com", "phone": "555"})
    (eve,) = rows(site, contacts.CONTACTS)
    done = load(external(1, email="dan@example.com", phone="555"), external(2), on_reject="skip")
    assert done.outcomes == ["rejected", "created"]
    error = done.results[0]["error"]
    assert (error["code"], error["field"]) == ("DUPLICATE_CONTACT_EXISTS", "info.phones")
    assert f"{eve['id']} has the same phone" in error["message"]
    assert sent(site)["contacts-v5.bulk-create"] == 1


def test_what_v5_cannot_hold_follows_the_external_id(site: RunningSite, load: Load) -> None:
    record = external(1, labels=["A"], info={"emails": {"items": [{"email": "a@example.com", "tag": "WORK"}]}})
    assert load(record).outcomes == ["created"]
    assert load(record).outcomes == ["unchanged"]
    (made,) = there(site)
    assert (made["info"]["labelKeys"], made["info"]["emails"]["items"][0]["tag"]) == ({"items": ["custom.a"]}, "WORK")
    assert external_ids(site) == ["crm-1"]
    assert load({**record, "_command": "create"}).outcomes == ["unchanged"]


def test_an_address_that_v5_refuses_follows_the_external_id(site: RunningSite, load: Load) -> None:
    address = {"country": "US", "subdivision": "CA", "city": "Fresno"}
    record = external(1, info={"addresses": {"items": [{"address": address}]}}, _command="create")
    site.faults.plan({"operation": "contacts.update", "action": {"refuse": "CONTACT_NOT_FOUND"}})
    assert load(record, on_reject="skip").outcomes == ["rejected"]
    site.faults.clear()
    assert load(record).outcomes == ["created"]
    assert [item["address"] for item in there(site)[0]["info"]["addresses"]["items"]] == [address]
    assert load(record).outcomes == ["unchanged"]


def test_an_address_that_v5_accepts_is_no_sign_of_an_unfinished_create(load: Load) -> None:
    load(external(1))
    address = {"country": "US", "city": "Fresno"}
    done = load(external(1, info={"addresses": {"items": [{"address": address}]}}, _command="create"), on_reject="skip")
    assert done.outcomes == ["rejected"]
    assert done.results[0]["error"]["code"] == "ALREADY_EXISTS"


def test_without_v5_an_external_id_is_left_out_and_is_no_key(
    site: RunningSite, load: Load, caplog: pytest.LogCaptureFixture
) -> None:
    site.site.readings.choose({"contacts-v5": "apps"})
    done = load(external(1), external(2, email="b@example.com"), on_reject="skip")
    assert done.codes == ["NO_KEY"]
    assert [row["info"]["name"]["first"] for row in there(site)] == ["Ann 2"]
    assert len([line for line in caplog.messages if "`externalId` cannot be written" in line]) == 1


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_create_with_only_an_external_id_makes_one_contact(site: RunningSite, load: Load, drop: str) -> None:
    site.faults.plan({"operation": "contacts-v5.bulk-create", "action": {"drop": drop}, "times": 1})
    site.faults.plan({"operation": "contacts-v5.query", "action": {"stale_index_ms": 60_000}})
    assert load(external(1), external(2)).outcomes == ["created"] * 2
    assert len(there(site)) == 2
