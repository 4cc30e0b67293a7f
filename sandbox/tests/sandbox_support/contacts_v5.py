"""Makes and finds contacts through contacts v5."""

from __future__ import annotations

V5 = "/contacts/v5/contacts"
V4 = "/contacts/v4/contacts"
BULK = "/contacts/v5/bulk/contacts"
NOBODY = "00000000-0000-4000-8000-000000000000"


def create(api, **contact):
    return api.ok("POST", V5, {"contact": contact})["contact"]


def person(api, first="Ada", **more):
    return create(api, name={"first": first}, email={"email": f"{first.lower()}@example.com"}, **more)


def query(api, **envelope):
    return api.ok("POST", f"{V5}/query", {"query": envelope})


def found(api, **condition):
    return [each["name"]["first"] for each in query(api, filter=condition)["contacts"]]


def searched(api, **condition):
    contacts = api.ok("POST", f"{V5}/search", {"search": {"filter": condition}})["contacts"]
    return [each["name"]["first"] for each in contacts]
