"""What calls to contacts, their labels and their extended fields do.

Source: https://dev.wix.com/docs/rest/crm/members-contacts/contacts
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from target_wix.planning.bodies import patched
from target_wix.planning.identity import is_planned
from target_wix.planning.shop import View, values_at
from wix_api.endpoints import contacts
from wix_api.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_wix.changes import Entity
    from target_wix.planning.shop import Shop
    from wix_api.operations import Operation

_KIND, _LABEL, _FIELD = "contact", "label", "contact field"
_EMAILS, _PHONES = "info.emails.email", "info.phones.phone"

VIEWS = (
    View(contacts.CONTACTS, _KIND, keys=(_EMAILS, _PHONES, "primaryInfo.email", "primaryInfo.phone")),
    View(contacts.LABELS, _LABEL, "key"),
    View(contacts.FIELDS, _FIELD, "key"),
)


def _get(shop: Shop, names: Mapping[str, str], _sent: Entity) -> Entity:
    if not shop.overlay.knows(_KIND, names["id"]) and not is_planned(names["id"]):
        answer = shop.site.call(contacts.GET_CONTACT, names=names)
        shop.see(_KIND, answer["contact"]["id"], answer["contact"])
        return answer
    shop.plan.differ(1)
    with shop.lock:
        return {"contact": shop.entity(_KIND, names["id"])}


def _create(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    contact = _derived(shop, {"id": shop.new_id("contact"), "revision": 0, "info": sent["info"]})
    _refuse_twin(shop, contact)
    shop.keep(_KIND, contact["id"], contact, new=True)
    return {"contact": contact}


def _update(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    before = shop.entity(_KIND, names["id"])
    if int(sent.get("revision") or 0) != int(before.get("revision") or 0):
        msg = "The contact would have been changed by then."
        raise ConflictError(msg, code="CONTACT_ALREADY_CHANGED", status=409)
    contact = _changed(shop, before, patched(before.get("info") or {}, sent["info"]))
    if sent["info"].keys() & {"emails", "phones"}:
        _refuse_twin(shop, contact)
    shop.keep(_KIND, contact["id"], contact)
    return {"contact": contact}


def _delete(shop: Shop, names: Mapping[str, str], _sent: Entity) -> Entity:
    shop.entity(_KIND, names["id"])
    shop.keep(_KIND, names["id"], None)
    return {}


def _label(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    return _relabelled(shop, names["id"], lambda keys: list(dict.fromkeys([*keys, *sent["labelKeys"]])))


def _unlabel(shop: Shop, names: Mapping[str, str], sent: Entity) -> Entity:
    return _relabelled(shop, names["id"], lambda keys: [key for key in keys if key not in sent["labelKeys"]])


def _relabelled(shop: Shop, contact_id: str, change: Any) -> Entity:
    before = shop.entity(_KIND, contact_id)
    info = dict(before.get("info") or {})
    info["labelKeys"] = {"items": change((info.get("labelKeys") or {}).get("items") or [])}
    contact = _changed(shop, before, info)
    shop.keep(_KIND, contact_id, contact)
    return {"contact": contact}


def _changed(shop: Shop, before: Entity, info: Entity) -> Entity:
    return _derived(shop, {**before, "info": info, "revision": int(before.get("revision") or 0) + 1})


def _derived(shop: Shop, contact: Entity) -> Entity:
    """Give a contact with what Wix adds to its lists: ids, tags, and which one is the primary one."""
    info, primary = dict(contact["info"]), {}
    for name, member in (("emails", "email"), ("phones", "phone"), ("addresses", "")):
        items = (info.get(name) or {}).get("items") or []
        items = [{"id": shop.new_id(name), "tag": "UNTAGGED", **item} for item in items]
        marked = next((item for item in items if item.get("primary")), items[0] if items else None)
        if member and marked is not None:
            items = [{**item, "primary": item is marked} for item in items]
            primary[member] = marked[member]
        info[name] = {"items": items}
    return {**contact, "info": info, "primaryInfo": primary}


def _refuse_twin(shop: Shop, contact: Entity) -> None:
    """Refuse a contact whose e-mail, or, if it has none, phone another one of the plan has."""
    member, name = (_EMAILS, "Email") if values_at(contact, _EMAILS) else (_PHONES, "Phone")
    values = values_at(contact, member)
    for other in shop.overlay.having(_KIND, member, values):
        if other != contact["id"]:
            msg = f"Another contact would have this {name.lower()} by then."
            error = ConflictError(msg, code="DUPLICATE_CONTACT_EXISTS", status=409)
            error.data = {"duplicateContactId": other, f"duplicate{name}": ""}
            raise error


def _make_label(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    return {"label": _made(shop, _LABEL, "labelType", sent)}


def _make_field(shop: Shop, _names: Mapping[str, str], sent: Entity) -> Entity:
    return {"field": _made(shop, _FIELD, "fieldType", sent)}


def _made(shop: Shop, kind: str, type_member: str, sent: Entity) -> Entity:
    slug = re.sub(r"[^a-z0-9]+", "-", sent["displayName"].casefold()).strip("-")
    made = {**sent, "key": f"{contacts.OWN_NAMESPACE}{slug}", type_member: contacts.USER_DEFINED}
    shop.keep(kind, made["key"], made, new=True)
    return made


READS: dict[Operation, Any] = {contacts.GET_CONTACT: _get}
WRITES: dict[Operation, Any] = {
    contacts.CREATE_CONTACT: _create,
    contacts.UPDATE_CONTACT: _update,
    contacts.DELETE_CONTACT: _delete,
    contacts.LABEL_CONTACT: _label,
    contacts.UNLABEL_CONTACT: _unlabel,
    contacts.MAKE_LABEL: _make_label,
    contacts.MAKE_FIELD: _make_field,
}
