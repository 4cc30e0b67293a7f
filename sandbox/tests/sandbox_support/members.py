"""Makes members through the API."""

from __future__ import annotations

MEMBERS = "/members/v1/members"


def member(api, email="ada@example.com", **contact):
    return api.ok("POST", MEMBERS, {"member": {"loginEmail": email, "contact": contact}})["member"]
