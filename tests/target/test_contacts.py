from __future__ import annotations

import json
import re

import pytest

from target_wix import contact_fields, fields
from tests.target.runs import messages, rows, writes
from tools.tables import ROOT
from wix_api.endpoints import contacts

OWN_OF_A_SITE = {"id", "revision", "createdDate", "updatedDate", "lastActivity", "source", "memberInfo"}
KEPT_BY_WIX = ("ecom.", "members.", "emailSubscriptions.")


@pytest.fixture
def site(open_shop):
    """A site without a store: contacts need none."""
    return open_shop(catalog="absent", empty=True, random_seed=3)


def load(run, site, *records, options=None, **settings):
    return run(site, messages(contacts=records), stream_options={"contacts": options or {}}, **settings)


def the_contacts(site):
    return rows(site, contacts.CONTACTS)


def person(email="ann@example.com", **info):
    emails = {"emails": {"items": [{"email": email}]}} if email else {}
    return {"info": {"name": {"first": "Ann"}, **emails, **info}}


def test_a_contact_is_created_updated_left_alone_and_deleted(site, run):
    assert load(run, site, person()).outcomes == ["created"]
    assert load(run, site, person()).outcomes == ["unchanged"]

    done = load(run, site, person(company="Kiln"))
    assert done.outcomes == ["updated"]
    assert done.results[0]["fields"] == ["company"]
    assert done.results[0]["key"] == "email=ann@example.com"

    deletes = [{"email": "ann@example.com", "_command": "delete"}, {"email": "no@example.com", "_command": "delete"}]
    assert load(run, site, *deletes).outcomes == ["deleted", "unchanged"]
    assert the_contacts(site) == []


@pytest.mark.parametrize(
    "date", ["1990-05-01T00:00:00+00:00", "1990-05-01 00:00:00", "1990-05-01 00:00:00+00", "1990-05-01T00:00:00.000Z"]
)
def test_a_birthdate_may_be_a_timestamp_of_midnight(site, run, date):
    person = {"email": "ada@example.com", "birthdate": date}
    assert run(
        site, messages(contacts=[person, {"email": "bo@example.com", "birthdate": "1990-05-01T10:00:00Z"}])
    ).codes
    (made,) = [each["info"] for each in site.state()["contacts"] if each["info"].get("birthdate")]
    assert made["birthdate"] == "1990-05-01"
    nested = {"email": "ada@example.com", "info": {"birthdate": date}}
    assert run(site, messages(contacts=[person, nested])).outcomes == ["unchanged", "unchanged"]


@pytest.mark.parametrize("date", ["01.05.1990", "1990-5-1", "1990-02-30", 32994, "1990-05-01T10:00:00Z"])
def test_a_birthdate_that_is_no_date_is_rejected_before_it_is_sent(site, run, date):
    person = messages(contacts=[{"email": "ada@example.com", "birthdate": date}])

    assert run(site, person, dry_run=True).codes == ["FORMAT"]
    assert run(site, person).codes == ["FORMAT"]
    assert writes(site) == []


def test_a_locale_may_have_an_underscore(site, run):
    assert load(run, site, {"email": "ada@example.com", "locale": "de_DE"}).outcomes == ["created"]
    assert load(run, site, {"email": "ada@example.com", "locale": "de-DE"}).outcomes == ["unchanged"]


def test_plain_columns_make_a_contact(site, run):
    columns = {
        "email": "ann@example.com",
        "phone": "+1 555 0100",
        "firstName": "Ann",
        "lastName": "Lee",
        "company": "Kiln",
        "jobTitle": "Potter",
        "birthdate": "1990-05-01",
        "locale": "en",
    }

    assert load(run, site, columns, columns).outcomes == ["created", "unchanged"]

    (made,) = the_contacts(site)
    assert made["primaryInfo"] == {"email": "ann@example.com", "phone": "+1 555 0100"}
    assert made["info"]["name"] == {"first": "Ann", "last": "Lee"}
    assert made["info"]["birthdate"] == "1990-05-01"


def test_an_apostrophe_before_a_phone_is_no_part_of_it(site, run):
    ann, bob = (
        {"firstName": "Ann", "Phone": "'+1 555 0100"},
        {"firstName": "Bob", "email": "bob@example.com", "phone": "'n/a"},
    )
    assert load(run, site, ann, bob).outcomes == ["created", "created"]
    phones = sorted(one["primaryInfo"]["phone"] for one in the_contacts(site))
    assert phones == ["'n/a", "+1 555 0100"]
    assert load(run, site, {**ann, "Phone": "+1 555 0100"}).outcomes == ["unchanged"]


COLUMNS = {
    "email": "ann@example.com",
    "phone": "+1 555 0100",
    "firstName": "Ann",
    "lastName": "Lee",
    "company": "Kiln",
    "jobTitle": "Potter",
    "birthdate": "1990-05-01",
    "locale": "en",
    "externalId": "crm-7",
    "labels": ["Press"],
}
SPELLINGS = {
    "snake case": {"firstName": "first_name", "lastName": "last_name", "jobTitle": "job_title", "email": "e_mail"},
    "words": {name: re.sub(r"([A-Z])", r" \1", name).title() for name in COLUMNS},
    "capitals": {name: name.upper() for name in COLUMNS},
}


def test_every_column_of_the_documented_table_is_one_that_is_tested_here():
    assert contact_fields.COLUMNS.keys() == COLUMNS.keys()


def test_the_documentation_says_how_similar_a_suggested_column_is():
    page = (ROOT / "docs" / "write.md").read_text()
    assert f"at least {fields.CUTOFF * 100:.0f}% similar" in page


@pytest.mark.parametrize("names", SPELLINGS.values(), ids=SPELLINGS)
def test_columns_may_be_spelled_as_files_and_databases_spell_them(site, run, names, caplog):
    spelled = {names.get(name, name): value for name, value in COLUMNS.items()}
    options = {"create_missing_labels": True}

    done = load(run, site, spelled, COLUMNS, options=options)

    assert done.outcomes == ["created", "unchanged"]
    assert left_out(caplog) == []
    (made,) = the_contacts(site)
    assert made["primaryInfo"] == {"email": "ann@example.com", "phone": "+1 555 0100"}
    assert made["info"]["name"] == {"first": "Ann", "last": "Lee"}
    assert [made["info"][name] for name in ("company", "jobTitle", "birthdate", "locale")] == [
        COLUMNS[name] for name in ("company", "jobTitle", "birthdate", "locale")
    ]
    assert made["info"]["labelKeys"]["items"] == ["custom.press"]


@pytest.mark.parametrize(
    ("record", "unknown", "nearest"),
    [
        ({"e_mail_adress": "a@example.com", "firstName": "Ann", "lastName": "Lee"}, "e_mail_adress", "email"),
        ({"e_mail_adress": "a@example.com", "firstName": "Ann", "phone": "1"}, "e_mail_adress", "email"),
        ({"emial": "a@example.com", "phone": "1"}, "emial", "email"),
        ({"Email Address": "a@example.com", "phone": "1", "_command": "delete"}, "Email Address", "email"),
        ({"email": "a@example.com", "frist_name": "Ann"}, "frist_name", "firstName"),
        ({"email": "a@example.com", "frist_name": "Ann", "last_name": "Lee"}, "frist_name", "firstName"),
        ({"email": "a@example.com", "firstName": "Ann", "lst name": "Lee"}, "lst name", "lastName"),
        ({"email": "a@example.com", "name": "Ann Lee"}, "name", "firstName"),
        ({"email": "a@example.com", "Surname": "Lee", "firstName": "Ann"}, "Surname", "lastName"),
    ],
)
def test_a_record_that_would_lose_its_name_or_email_is_rejected_with_the_nearest_column(
    site, run, record, unknown, nearest
):
    load(run, site, {"phone": "1", "firstName": "Bob"})
    before = the_contacts(site)

    done = load(run, site, record, on_reject="skip")

    assert done.codes == ["UNKNOWN_COLUMN"]
    assert done.results[0]["error"]["field"] == unknown
    assert f"no column `{unknown}`; the nearest one is `{nearest}`" in done.results[0]["error"]["message"]
    assert the_contacts(site) == before


@pytest.mark.parametrize(
    ("columns", "advice"),
    [
        ({"compnay": "Kiln"}, " The nearest column is `company`."),
        ({"tags": ["Press"]}, " The nearest column is `labels`."),
        ({"name": "Ann"}, " The nearest column is `firstName`."),
        ({"username": "ann"}, ""),
        ({"store_name": "Kiln"}, ""),
    ],
)
def test_other_unknown_columns_are_left_out_with_a_warning_that_names_the_nearest_one(
    site, run, columns, advice, caplog
):
    done = load(run, site, {"email": "ann@example.com", **columns, "firstName": "Ann"})

    assert done.outcomes == ["created"]
    (name,) = columns
    assert left_out(caplog) == [f"contacts: `{name}` cannot be written and is left out.{advice}"]


def left_out(caplog):
    """Return the warnings of columns that were left out."""
    return [line.getMessage() for line in caplog.records if "left out" in line.getMessage()]


def test_stream_maps_rename_an_unknown_column(site, run):
    listed = messages(contacts=[{"email": "ann@example.com", "frist_name": "Ann"}])
    listed[0]["schema"]["properties"] |= {"email": {"type": "string"}, "frist_name": {"type": "string"}}
    maps = {"contacts": {"firstName": "frist_name", "frist_name": None}}

    assert run(site, listed, stream_maps=maps).outcomes == ["created"]

    assert the_contacts(site)[0]["info"]["name"] == {"first": "Ann"}


@pytest.mark.parametrize(
    "record",
    [
        {"id": "11111111-1111-4111-8111-111111111111", "frist_name": "Ann", "_command": "delete"},
        {"e_mail_adress": "a@example.com", "_command": "ignore"},
        {"email": "a@example.com", "first_name": "", "frist_name": "Ann"},
        {"email": "a@example.com", "firstName": "Ann", "lst_name": ""},
        {"info": {"emails": {"items": [{"email": "a@example.com"}]}}, "frist_name": "Ann"},
    ],
    ids=["a delete needs no name", "ignored", "the column is there", "nothing to lose", "as tap-wix has it"],
)
def test_a_record_that_loses_neither_name_nor_email_is_not_rejected(site, run, record):
    assert "rejected" not in load(run, site, record).outcomes


def test_a_column_that_a_record_has_twice_is_rejected(site, run):
    done = load(run, site, {"email": "a@example.com", "E-Mail": "b@example.com"}, on_reject="skip")

    assert done.codes == ["SAME_COLUMN"]
    assert done.results[0]["error"]["field"] == "E-Mail"
    assert writes(site) == []


def test_an_email_column_joins_the_others_and_becomes_the_primary_one(site, run):
    made = load(run, site, person()).results[0]["id"]

    assert load(run, site, {"id": made, "email": "new@example.com"}).results[0]["fields"] == ["emails"]

    (after,) = the_contacts(site)
    assert after["primaryInfo"]["email"] == "new@example.com"
    assert [each["email"] for each in after["info"]["emails"]["items"]] == ["ann@example.com", "new@example.com"]


def test_commands_decide_what_may_happen(site, run):
    load(run, site, person())

    done = load(
        run,
        site,
        person(company="Kiln") | {"_command": "create"},
        person() | {"_command": "create"},
        person("new@example.com") | {"_command": "update"},
        person() | {"_command": "ignore"},
        on_reject="skip",
    )

    assert done.outcomes == ["rejected", "unchanged", "rejected", "ignored"]
    assert done.codes == ["ALREADY_EXISTS", "NOT_FOUND"]


def test_two_records_of_one_contact_are_applied_in_their_order(site, run):
    done = load(run, site, person(company="A"), person(company="B"), person(company="A"))

    assert done.outcomes == ["created", "updated", "updated"]
    assert the_contacts(site)[0]["info"]["company"] == "A"


def test_a_lagging_index_does_not_hide_what_this_run_wrote(site, run):
    load(run, site, person(company="A"))
    site.faults.plan({"operation": "contacts.query", "action": {"stale_index_ms": 60_000}})

    done = load(run, site, person(company="B"), person(company="A"))

    assert done.outcomes == ["updated", "updated"]
    assert site.state()["contacts"][0]["info"]["company"] == "A"


def test_a_contact_that_only_the_refusal_of_wix_shows_is_matched(site, run):
    load(run, site, person())
    site.faults.plan({"operation": "contacts.query", "action": {"stale_index_ms": 60_000}})

    done = load(run, site, person(company="Kiln"), {"phone": "1", "firstName": "Bob"}, {"phone": "1", "company": "K"})

    assert done.outcomes == ["updated", "created", "updated"]
    assert len(site.state()["contacts"]) == 2


def test_emails_of_two_contacts_are_a_rejection_that_names_them(site, run):
    one, two = load(run, site, person("a@example.com"), person("b@example.com")).results
    both = {"info": {"emails": {"items": [{"email": "a@example.com"}, {"email": "b@example.com"}]}}}

    done = load(run, site, both, on_reject="skip")

    assert done.codes == ["AMBIGUOUS_MATCH"]
    assert one["id"] in done.results[0]["error"]["message"]
    assert two["id"] in done.results[0]["error"]["message"]


def test_a_record_without_any_key_is_rejected_with_advice(site, run):
    done = load(run, site, {"firstName": "Ann"}, on_reject="skip")

    assert done.codes == ["NO_KEY"]
    assert "email, phone" in done.results[0]["error"]["message"]
    assert writes(site) == []


@pytest.mark.parametrize("column", ["externalId", "email", "phone"])
def test_a_key_of_blanks_is_no_key(site, run, column):
    done = load(run, site, {column: "  ", "firstName": "Ann"}, {column: "\u00a0", "firstName": "Bob"}, on_reject="skip")

    assert done.codes == ["NO_KEY", "NO_KEY"]
    assert writes(site) == []


def test_contacts_with_blank_external_ids_stay_apart(site, run):
    people = [{"externalId": "  ", "email": f"{name}@example.com", "firstName": name} for name in ("ann", "bob")]

    assert load(run, site, *people).outcomes == ["created", "created"]
    assert load(run, site, *people).outcomes == ["unchanged", "unchanged"]


def test_a_contact_of_another_site_that_could_not_be_found_again_is_rejected(site, run):
    done = load(run, site, {"id": "11111111-1111-4111-8111-111111111111", "firstName": "Ann"}, on_reject="skip")

    assert done.codes == ["NO_KEY"]
    assert writes(site) == []


def test_a_record_with_the_id_of_a_crm_updates_the_contact_with_its_phone(site, run):
    phones = {"items": [{"phone": "1"}]}
    load(run, site, person(phones=phones))
    assert load(run, site, {"id": "crm-17", "info": {"phones": phones, "jobTitle": "Chef"}}).outcomes == ["updated"]
    assert [one["info"]["jobTitle"] for one in the_contacts(site)] == ["Chef"]


def test_a_shared_phone_does_not_make_two_people_one(site, run):
    ann, bob = person(phones={"items": [{"phone": "1"}]}), person("bob@example.com", phones={"items": [{"phone": "1"}]})

    assert load(run, site, ann, bob).outcomes == ["created", "created"]
    assert load(run, site, ann, bob).outcomes == ["unchanged", "unchanged"]


def test_match_on_chooses_the_keys(site, run):
    load(run, site, person(phones={"items": [{"phone": "1"}]}))

    done = load(run, site, {"email": "new@example.com", "phone": "1"}, options={"match_on": ["phone"]})

    assert done.outcomes == ["updated"]
    assert len(the_contacts(site)) == 1


def test_a_site_that_filters_by_primary_addresses_only_is_searched_by_these(site, run):
    load(run, site, person())
    body = {"message": "no", "details": {"applicationError": {"code": "UNSUPPORTED_FILTER_FIELD_UNKNOWN"}}}
    site.faults.plan({"operation": "contacts.query", "action": {"status": 400, "body": body}, "times": 1})

    assert load(run, site, person(company="Kiln")).outcomes == ["updated"]


def test_emails_are_equal_in_any_case_and_items_keep_their_ids(site, run):
    load(run, site, person())
    before = the_contacts(site)[0]["info"]["emails"]["items"][0]["id"]

    assert load(run, site, person("Ann@Example.com")).outcomes == ["unchanged"]
    more = {"info": {"emails": {"items": [{"email": "b@example.com"}, {"email": "ann@example.com", "tag": "WORK"}]}}}
    assert load(run, site, more).results[0]["fields"] == ["emails"]

    after = {each["email"]: each for each in the_contacts(site)[0]["info"]["emails"]["items"]}
    assert after["ann@example.com"]["id"] == before
    assert after["ann@example.com"]["tag"] == "WORK"


def test_half_a_name_and_one_field_leave_the_rest(site, run):
    fields = {"extendedFields": {"items": {"custom.size": "M", "custom.points": 7}}}
    options = {"create_missing_fields": True}
    load(run, site, person(name={"first": "Ann", "last": "Lee"}, **fields), options=options)

    change = person(name={"last": "Ray"}, extendedFields={"items": {"custom.size": "L"}})
    assert load(run, site, change).results[0]["fields"] == ["name", "extendedFields"]

    info = the_contacts(site)[0]["info"]
    assert info["name"] == {"first": "Ann", "last": "Ray"}
    assert {key: value for key, value in info["extendedFields"]["items"].items() if key.startswith("custom.")} == {
        "custom.size": "L",
        "custom.points": 7,
    }


def test_an_empty_text_clears_a_member(site, run):
    load(run, site, person(company="Kiln"))

    assert load(run, site, person(company="")).outcomes == ["updated"]
    assert load(run, site, person(company="")).outcomes == ["unchanged"]
    assert "company" not in the_contacts(site)[0]["info"]


def test_labels_and_fields_that_are_missing_are_made_only_if_asked_for(site, run):
    record = person(
        labelKeys={"items": ["custom.good-friends"]},
        extendedFields={
            "items": {"custom.shoe-size": "41", "custom.since": "2024-01-31", "Web": "https://example.com"}
        },
    )

    refused = load(run, site, record, person("b@example.com", extendedFields=record["info"]["extendedFields"]))
    assert refused.codes == ["UNKNOWN_FIELD", "UNKNOWN_FIELD"]
    assert "create_missing_fields" in refused.results[0]["error"]["message"]
    options = {"create_missing_fields": True}
    assert load(run, site, record, options=options).codes == ["UNKNOWN_LABEL"]
    assert writes(site) == []

    options["create_missing_labels"] = True
    assert load(run, site, record, record, options=options).outcomes == ["created", "unchanged"]
    types = {field["key"]: field["dataType"] for field in site.state()["extended_fields"]}
    assert types == {"custom.shoe-size": "TEXT", "custom.since": "DATE", "custom.web": "URL"}
    own = [label["key"] for label in site.state()["labels"] if label["labelType"] == "USER_DEFINED"]
    assert own == ["custom.good-friends"]
    site.journal.clear()
    assert load(run, site, record).outcomes == ["unchanged"]
    assert writes(site) == []


def test_labels_are_what_a_record_says_by_key_or_by_name(site, run):
    options = {"create_missing_labels": True}
    load(run, site, person() | {"labels": ["VIP", "Good friends"]}, options=options)

    done = load(run, site, person() | {"labels": ["custom.vip", "New"]}, options=options)

    assert done.results[0]["fields"] == ["labelKeys"]
    assert the_contacts(site)[0]["info"]["labelKeys"]["items"] == ["custom.vip", "custom.new"]
    assert load(run, site, person(company="Kiln")).results[0]["fields"] == ["company"]
    assert load(run, site, person() | {"labels": []}).outcomes == ["updated"]
    assert "labelKeys" not in the_contacts(site)[0]["info"]


@pytest.mark.parametrize(
    "labels", [' ["VIP", "Good friends"]', [" vip", "Good friends "], ["custom.vip ", " GOOD FRIENDS", " ", None]]
)
def test_labels_may_be_json_text_and_have_blanks_around(site, run, labels):
    options = {"create_missing_labels": True}
    load(run, site, person() | {"labels": ["VIP", "Good friends"]}, options=options)

    assert load(run, site, person() | {"labels": labels}, options=options).outcomes == ["unchanged"]


@pytest.mark.parametrize("labels", [{"items": ["VIP"]}, [{"name": "VIP"}], '[{"name": "VIP"}]', [["VIP"], "Press"]])
def test_labels_that_are_no_names_are_rejected(site, run, labels):
    done = load(run, site, person() | {"labels": labels}, options={"create_missing_labels": True})

    assert done.codes == ["WRONG_TYPE"]
    assert done.results[0]["error"]["field"] == "labels"
    assert writes(site) == []


def test_a_value_of_another_type_than_its_field_is_rejected_by_name(site, run):
    options = {"create_missing_fields": True}
    load(run, site, person(extendedFields={"items": {"Points": 7, "Since": "2024-01-31"}}), options=options)
    site.journal.clear()

    done = load(run, site, *(person(extendedFields={"items": {key: "n/a"}}) for key in ("Points", "Since")))

    assert [(one["error"]["code"], one["error"]["field"]) for one in done.results] == [
        ("WRONG_TYPE", "info.extendedFields.items.custom.points"),
        ("FORMAT", "info.extendedFields.items.custom.since"),
    ]
    assert writes(site) == []
    empty = person(extendedFields={"items": {"Points": "", "Since": ""}})
    assert load(run, site, empty, empty).outcomes == ["updated", "unchanged"]


def test_truth_values_lists_and_objects_become_json_in_fields_that_are_new_and_in_known_ones(site, run):
    values = {"Consent": False, "Vip": True, "Plans": [1, "b"], "Quiz": {"töne": [True]}}
    record = person(extendedFields={"items": values})
    options = {"create_missing_fields": True}

    assert load(run, site, record, options=options).outcomes == ["created"]
    assert load(run, site, record).outcomes == ["unchanged"]

    other = person("bo@example.com", extendedFields={"items": values})
    assert load(run, site, other).outcomes == ["created"]
    for contact in the_contacts(site):
        items = contact["info"]["extendedFields"]["items"]
        assert {key: value for key, value in items.items() if key.startswith("custom.")} == {
            "custom.consent": "false",
            "custom.vip": "true",
            "custom.plans": '[1, "b"]',
            "custom.quiz": '{"töne": [true]}',
        }


def test_names_of_extended_fields_may_have_blanks_around(site, run):
    options = {"create_missing_fields": True}
    records = [
        person(f"{number}@example.com", extendedFields={"items": {name: number}})
        for number, name in enumerate(("Lead Score", " lead score", "LEAD SCORE ", " custom.lead-score"))
    ]

    assert set(load(run, site, *records, options=options).outcomes) == {"created"}
    assert [field["displayName"] for field in site.state()["extended_fields"]] == ["Lead Score"]
    assert set(load(run, site, *records, options=options).outcomes) == {"unchanged"}


@pytest.mark.parametrize("other", ["lead score", "Lead Score ", "custom.lead-score"])
def test_an_extended_field_that_a_record_has_twice_is_rejected(site, run, other):
    options = {"create_missing_fields": True}
    twice = person(extendedFields={"items": {"Lead Score": 1, other: 2}})

    assert load(run, site, twice, options=options).codes == ["SAME_COLUMN"]
    assert writes(site) == []
    load(run, site, person(extendedFields={"items": {"Lead Score": 1, other: None}}), options=options)
    assert load(run, site, twice).codes == ["SAME_COLUMN"]


def test_labels_and_fields_of_the_site_with_blanks_around_are_others(site, run):
    calls = [
        {"method": "POST", "path": operation.path, "body": {"displayName": name, **members}}
        for operation, members in ((contacts.MAKE_LABEL, {}), (contacts.MAKE_FIELD, {"dataType": "NUMBER"}))
        for name in (" Score ", "Score")
    ]
    assert set(run(site, messages(api_calls=calls)).outcomes) == {"created"}

    record = person(extendedFields={"items": {"Score": 7}}) | {"labels": "Score"}
    assert load(run, site, record).outcomes == ["created"]
    info = the_contacts(site)[0]["info"]
    assert info["labelKeys"]["items"] == ["custom.score-1"]
    assert {key: value for key, value in info["extendedFields"]["items"].items() if key.startswith("custom.")} == {
        "custom.score-1": 7
    }


def test_emails_that_differ_in_case_are_one(site, run):
    twice = [{"email": "ANN@example.com"}, {"email": " ann@example.com", "primary": True, "tag": "WORK"}]
    record = person(emails={"items": [*twice, {"email": "ann@example.org"}]})

    assert load(run, site, record).outcomes == ["created"]
    assert load(run, site, record, {"email": "Ann@example.com"}).outcomes == ["unchanged", "unchanged"]

    listed = the_contacts(site)[0]["info"]["emails"]["items"]
    assert [(each["email"], each["tag"], each["primary"]) for each in listed] == [
        ("ann@example.com", "WORK", True),
        ("ann@example.org", "UNTAGGED", False),
    ]
    assert load(
        run,
        site,
        {"externalId": "A-1"}
        | person(
            "bo@example.com",
            emails={"items": [{"email": "BO@example.com"}, {"email": "bo@example.com"}]},
            phones={"items": [{"phone": "5"}, {"phone": "5 "}]},
        ),
    ).outcomes == ["created"]


@pytest.mark.parametrize("email", ["n/a", "-", "unknown"])
def test_placeholders_of_emails_do_not_make_several_persons_one(site, run, email):
    persons = [{"email": email, "firstName": name} for name in ("Ann", "Bo")]
    listed = {"phone": "1", "info": {"emails": {"items": [{"email": "cy@example.com"}, {"email": email}]}}}

    done = load(run, site, *persons, listed)

    assert done.codes == ["NO_KEY", "NO_KEY", "FORMAT"]
    assert done.results[2]["error"]["field"] == "info.emails.items[1].email"
    assert writes(site) == []


def test_placeholders_of_phones_are_no_key(site, run):
    assert load(run, site, *({"phone": "n/a", "firstName": name} for name in ("Ann", "Bo"))).codes == ["NO_KEY"] * 2
    assert writes(site) == []

    persons = [{"phone": "n/a", "email": f"{name}@example.com", "firstName": name} for name in ("ann", "bo")]
    assert load(run, site, *persons).outcomes == ["created", "created"]
    assert load(run, site, *persons, the_contacts(site)[0]).outcomes == ["unchanged"] * 3


def test_a_contact_that_wix_finds_by_a_placeholder_of_a_phone_is_not_overwritten(site, run):
    ann, bo = (
        {"firstName": name, "info": {"phones": {"items": [{"phone": phone}, {"phone": "n/a"}]}}}
        for name, phone in (("Ann", "1"), ("Bo", "2"))
    )
    assert load(run, site, ann).outcomes == ["created"]

    assert load(run, site, bo).codes == ["DUPLICATE_CONTACT_EXISTS"]
    assert [each["info"]["name"] for each in the_contacts(site)] == [{"first": "Ann"}]


def test_an_email_that_is_no_address_stays_if_the_site_has_it(site, run):
    call = {"method": "POST", "path": contacts.CREATE_CONTACT.path, "body": person("reception")}
    run(site, messages(api_calls=[call]))

    assert load(run, site, the_contacts(site)[0]).outcomes == ["unchanged"]
    record = {"email": "reception", "company": "Kiln", "phone": "1"}
    assert load(run, site, record | {"id": the_contacts(site)[0]["id"]}).outcomes == ["updated"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_item_without_its_email_or_phone_is_rejected_before_it_is_sent(site, run, dry_run):
    assert load(run, site, {"email": "ann@example.com"}).outcomes == ["created"]
    lists = [{"phones": {"items": [{"phone": None}]}}, {"emails": {"items": [{"tag": "WORK"}]}}]
    records = [{"email": "ann@example.com", "info": one} for one in lists] + [{"phone": "1"}]

    done = load(run, site, *records, {"externalId": "A", "info": {"emails": {"items": []}}}, dry_run=dry_run)
    assert done.outcomes == ["rejected", "rejected", "created", "rejected"]
    assert done.codes == ["REQUIRED_FIELD", "REQUIRED_FIELD", "INSUFFICIENT_CONTACT_DATA"]


def test_a_placeholder_that_a_contact_of_the_site_has_as_its_email_is_no_key(site, run):
    call = {"method": "POST", "path": contacts.CREATE_CONTACT.path, "body": person("n/a")}
    run(site, messages(api_calls=[call]))

    records = [{"email": "n/a", "firstName": "Bo"}, {"email": "N/A", "firstName": "Cy", "phone": "1"}]
    assert load(run, site, *records).codes == ["NO_KEY", "FORMAT"]
    assert the_contacts(site)[0]["info"]["name"] == {"first": "Ann"}


def test_a_phone_that_a_contact_has_in_two_notations_is_primary_once(site, run):
    phones = {"items": [{"phone": "+1 201"}, {"phone": "+1201", "primary": True}]}
    assert load(run, site, person(phones=phones)).outcomes == ["created"]

    plain = {"email": "ann@example.com", "phone": "+1-201"}
    assert load(run, site, plain, {**plain, "company": "Kiln"}).outcomes == ["unchanged", "updated"]
    assert load(run, site, {"email": "ann@example.com", "phone": "+1 202"}).outcomes == ["updated"]
    assert load(run, site, {"email": "ann@example.com", "phone": "+1 201"}).outcomes == ["updated"]


def test_numbers_may_come_as_texts(site, run):
    options = {"create_missing_fields": True}
    load(run, site, person(extendedFields={"items": {"custom.points": 7}}), options=options)

    assert load(run, site, person(extendedFields={"items": {"custom.points": "7"}})).outcomes == ["unchanged"]
    assert load(run, site, person(extendedFields={"items": {"custom.points": "8"}})).outcomes == ["updated"]


def test_what_cannot_be_written_is_named_once(site, run, caplog):
    record = person() | {"source": {"sourceType": "IMPORT"}, "memberInfo": {"status": "ACTIVE"}, "revision": 3}

    load(run, site, record, record)

    assert caplog.text.count("`source` cannot be written") == 1
    assert caplog.text.count("`memberInfo` cannot be written") == 1
    assert "revision" not in caplog.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"company": "x" * 1001}, "info.company"),
        ({"phones": {"items": [{"phone": "1" * 51}]}}, "info.phones.items[0].phone"),
        ({"emails": {"items": [{"email": f"{number}@example.com"} for number in range(51)]}}, "info.emails.items"),
        ({"name": "Ann"}, "info.name"),
        ({"addresses": ["here"]}, "info.addresses"),
        ({"phones": {"items": [{"phone": str(at), "primary": True} for at in range(2)]}}, "info.phones.items"),
        ({"locale": "english"}, "info.locale"),
        ({"phones": {"items": [{"phone": "1", "countryCode": "us"}]}}, "info.phones.items[0].countryCode"),
        ({"emails": {"items": [{"email": "ann@example.com", "tag": "Home"}]}}, "info.emails.items[0].tag"),
        ({"addresses": {"items": [{"address": {"country": "USA"}}]}}, "info.addresses.items[0].address.country"),
        (
            {"addresses": {"items": [{"address": {"addressLine": "1 Main St", "streetAddress": {"name": "Main St"}}}]}},
            "info.addresses.items[0].address",
        ),
    ],
)
def test_what_the_limits_forbid_is_rejected_before_it_is_sent(wrong, field, site, run):
    done = load(run, site, person(**wrong), on_reject="skip")

    assert done.results[0]["error"]["field"] == field
    assert writes(site) == []


@pytest.mark.parametrize("flags", [[False], [False, False], [None, False]])
def test_a_list_without_a_primary_email_is_written_once(flags, site, run):
    items = [{"email": f"ann{at}@example.com", "primary": flag} for at, flag in enumerate(flags)]

    assert load(run, site, person(emails={"items": items})).outcomes == ["created"]
    site.journal.clear()
    assert load(run, site, person(emails={"items": items})).outcomes == ["unchanged"]
    assert writes(site) == []


def test_a_contact_may_come_as_json_text(site, run):
    assert load(run, site, {"info": json.dumps(person()["info"])}).outcomes == ["created"]


def test_a_stale_revision_is_read_again_and_only_the_rest_is_sent(site, run):
    load(run, site, person())
    site.faults.plan({"operation": "contacts.update", "action": {"steal_revision": True}, "times": 1})

    assert load(run, site, person(company="Kiln")).outcomes == ["updated"]
    assert the_contacts(site)[0]["info"]["company"] == "Kiln"


def test_a_revision_that_is_always_stale_is_given_up(site, run):
    load(run, site, person())
    site.faults.plan({"operation": "contacts.update", "action": {"steal_revision": True}})

    done = load(run, site, person(company="Kiln"), on_reject="skip")

    assert done.outcomes == ["rejected"]
    assert done.results[0]["error"]["retryable"] is True


@pytest.mark.parametrize(
    ("operation", "drop"),
    [
        *(("contacts.create", drop) for drop in ("before", "after", "middle")),
        *((f"contacts.{verb}", "after") for verb in ("update", "label", "delete")),
    ],
)
def test_a_lost_answer_makes_nothing_twice(operation, drop, site, run):
    load(run, site, person(), person("old@example.com") | {"labels": ["VIP"]}, options={"create_missing_labels": True})
    site.faults.plan({"operation": operation, "action": {"drop": drop}, "times": 1})

    done = load(
        run,
        site,
        person("new@example.com"),
        person(company="Kiln") | {"labels": ["VIP"]},
        {"email": "old@example.com", "_command": "delete"},
    )

    assert done.error is None
    assert done.outcomes[:2] == ["created", "updated"]
    assert done.outcomes[2] == ("unchanged" if operation == "contacts.delete" else "deleted")
    after = {each["primaryInfo"]["email"]: each["info"] for each in the_contacts(site)}
    assert sorted(after) == ["ann@example.com", "new@example.com"]
    assert after["ann@example.com"]["labelKeys"] == {"items": ["custom.vip"]}


def test_a_lost_create_that_nothing_can_be_found_by_is_not_repeated(site, run):
    site.faults.plan({"operation": "contacts.create", "action": {"drop": "after"}, "times": 1})

    done = load(run, site, {"firstName": "Ann", "_command": "create"}, on_reject="skip")

    assert done.codes == ["NO_ANSWER"]
    assert len(the_contacts(site)) == 1


def test_a_contact_that_was_deleted_since_it_was_found_is_made_anew(site, run):
    load(run, site, person())
    gone = {"message": "", "details": {"applicationError": {"code": "CONTACT_NOT_FOUND"}}}
    site.faults.plan({"operation": "contacts.update", "action": {"status": 404, "body": gone}, "times": 1})
    site.faults.plan({"operation": "contacts.get", "action": {"status": 404, "body": gone}, "times": 1})
    site.faults.plan({"operation": "contacts.query", "action": {"stale_index_ms": 1}, "times": 1})

    done = load(run, site, person(company="Kiln"))

    # The sandbox has it still, so that the create meets it.
    assert done.outcomes == ["updated"]
    assert "contacts.create" in writes(site)[1:]


def test_members_are_protected_from_changes_and_deletes(open_shop, run):
    shop = open_shop(catalog="v3")
    member = next(each for each in the_contacts(shop) if each.get("memberInfo"))

    done = load(
        run,
        shop,
        {"id": member["id"], "_command": "delete"},
        {"id": member["id"], "info": {"emails": {"items": [{"email": "new@example.com"}]}}},
        on_reject="skip",
    )

    assert done.codes == ["CANNOT_DELETE_MEMBER", "CANNOT_UPDATE_MEMBER_EMAIL"]
    assert "delete the member first" in done.results[0]["error"]["message"]


def test_the_contacts_of_another_site_are_the_same_here_and_a_second_run_writes_nothing(open_shop, site, run):
    source = [each for each in the_contacts(open_shop(catalog="v3")) if each.get("primaryInfo")]
    options = {"create_missing_labels": True, "create_missing_fields": True}

    done = load(run, site, *source, options=options)

    assert done.error is None
    assert set(done.outcomes) == {"created"}
    assert comparable(the_contacts(site)) == comparable(source)
    site.journal.clear()
    assert set(load(run, site, *source).outcomes) == {"unchanged"}
    assert writes(site) == []


def test_the_contacts_of_a_site_loaded_into_itself_write_nothing(open_shop, run):
    shop = open_shop(catalog="v3")
    listed = the_contacts(shop)
    shop.journal.clear()

    assert set(load(run, shop, *listed).outcomes) == {"unchanged"}
    assert writes(shop) == []
    assert len(shop.journal) <= 6


def comparable(listed):
    """Contacts without what belongs to their site, in the order of their names and addresses."""

    def plain(value):
        if isinstance(value, dict):
            return {
                key: plain(member)
                for key, member in value.items()
                if key not in OWN_OF_A_SITE
                and not key.startswith(KEPT_BY_WIX)
                and "ubscriptionStatus" not in key
                and key != "deliverabilityStatus"
            }
        return [plain(member) for member in value] if isinstance(value, list) else value

    return sorted((plain(each) for each in listed), key=lambda each: json.dumps(each, sort_keys=True))
