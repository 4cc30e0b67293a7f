"""Questions that Wix's documentation leaves open, each answered by the site.

Names and answers are those of the sandbox's readings (`GET /_sandbox/readings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from requests.adapters import HTTPAdapter
from typing_extensions import override

from live import questions_v1, questions_v3
from live.asking import NotAnsweredError, Question
from wix_api.catalog import StoreCatalog
from wix_api.endpoints import contacts, ecom, stores_v1, stores_v3
from wix_api.errors import InvalidRequestError, NotFoundError, PermissionDeniedError, WixError

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

    from live.site import LiveSite

_BLOCKED = 403


def _foreign_site(site: LiveSite) -> str:
    if not site.config.get("api_key"):
        message = "only an API key can name another site"
        raise NotAnsweredError(message)
    with site.impatient(site_id=str(uuid4())) as client:
        try:
            client.call(contacts.LABELS.operation)
        except WixError as error:
            if error.status not in {401, 404}:
                raise
            return str(error.status)
    message = "Wix answered for a site that does not exist"
    raise NotAnsweredError(message)


class _WithoutAccept(HTTPAdapter):
    """Sends requests that do not ask for JSON."""

    @override
    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        request.headers["Accept"] = "text/plain"
        return super().send(request, *args, **kwargs)


def _without_accept(site: LiveSite) -> str:
    with site.impatient(_WithoutAccept()) as client:
        try:
            client.call(contacts.LABELS.operation)
        except WixError as error:
            if error.status != _BLOCKED:
                raise
            return "html-403"
    return "answered"


def _order_identity(site: LiveSite) -> str:
    try:
        site.client.call(ecom.ORDERS.operation, body={"search": {"cursorPaging": {"limit": 1}}})
    except PermissionDeniedError as error:
        if error.code not in {"MISSING_IDENTITY_CONTEXT", "READ_ORDER_FORBIDDEN"}:
            raise
        return "missing"
    return "enough"


def _contacts_v5(site: LiveSite) -> str:
    try:
        site.client.call(contacts.CONTACTS_V5.operation, body={"query": {"cursorPaging": {"limit": 1}}})
    except PermissionDeniedError:
        return "apps"
    except NotFoundError:
        return "absent"
    return "all"


def _values_in_filter(site: LiveSite) -> str:
    return _most_values(site, "id", 1000, 100, 10)


def _slugs_in_filter(site: LiveSite) -> str:
    return _most_values(site, "slug", 1000, 10)


def _most_values(site: LiveSite, member: str, *sizes: int) -> str:
    """Return the largest of these numbers of values that a filter of products accepts."""
    is_v3 = site.client.store_catalog is StoreCatalog.V3
    query = stores_v3.PRODUCT_IDS if is_v3 else stores_v1.PRODUCT_IDS
    for size in sizes:
        values = [str(uuid4()) for _ in range(size)]
        body = query.language.body({member: {query.one_of: values}}, None, 1, None)
        try:
            site.client.call(query.operation, body=body)
        except InvalidRequestError:
            continue
        return str(size)
    message = f"not even {sizes[-1]} values were taken"
    raise NotAnsweredError(message)


def _labels_of_delete(site: LiveSite) -> str:
    label = site.client.entity(contacts.MAKE_LABEL, "label", body={"displayName": site.name("label")})["key"]
    email = site.name("labelled@example.com").replace(" ", "-")
    info = {"name": {"first": site.name("contact")}, "emails": {"items": [{"email": email}]}}
    names = {"id": site.client.entity(contacts.CREATE_CONTACT, "contact", body={"info": info})["id"]}
    keys = {"labelKeys": [label]}

    def removes(**place: Any) -> bool:
        site.client.call(contacts.LABEL_CONTACT, names=names, body=keys)
        try:
            site.client.call(contacts.UNLABEL_CONTACT, names=names, **place)
        except InvalidRequestError:
            return False
        site.wait()
        contact = site.client.entity(contacts.GET_CONTACT, "contact", names=names)
        return label not in ((contact["info"].get("labelKeys") or {}).get("items") or [])

    answers = {(True, True): "either", (True, False): "body", (False, True): "query"}
    answer = answers.get((removes(body=keys), removes(params=keys)))
    if answer is None:
        message = "the label stayed either way"
        raise NotAnsweredError(message)
    return answer


_V1, _V3 = (StoreCatalog.V1,), (StoreCatalog.V3,)
_BOTH = (*_V1, *_V3)
_PICTURES = "pictures that it sends would stay in the site's media manager"

QUESTIONS: dict[str, Question | str] = {
    "foreign-site": Question(_foreign_site, _BOTH),
    "site-and-account-id": "the account id is not a setting",
    "without-accept": Question(_without_accept, _BOTH),
    "provisioning-code": "only a new site answers this",
    "reader-path-on-v3": Question(questions_v3.reader_path_on_v3, _V3),
    "stock-after-rebuild": Question(questions_v3.stock_after_rebuild, _V3),
    "v1-add-media": _PICTURES,
    "media-in-trash": _PICTURES,
    "order-identity": Question(_order_identity, _BOTH),
    "variants-without-visible": Question(questions_v3.variants_without_visible, _V3),
    "variants-without-id": Question(questions_v3.variants_without_id, _V3),
    "variants-without-physical-properties": Question(questions_v3.variants_without_physical_properties, _V3),
    "variant-refusal-status": Question(questions_v3.variant_refusal_status, _V3),
    "choices-limit": Question(questions_v3.choices_limit, _V3),
    "gallery-only-write": _PICTURES,
    "repeated-skus": Question(questions_v3.repeated_skus, _V3),
    "brand-by-name-in-update": Question(questions_v3.brand_by_name_in_update, _V3),
    "ribbon-by-name-in-update": Question(questions_v3.ribbon_by_name_in_update, _V3),
    "free-text-search": Question(questions_v3.free_text_search, _V3),
    "seo-data": Question(questions_v3.seo_data, _V3),
    "variants-of-simple-products": Question(questions_v3.variants_of_simple_products, _V3),
    "reader-paths": Question(questions_v1.reader_paths, _V1),
    "v1-product-type": Question(questions_v1.v1_product_type, _V1),
    "v1-stock-of-products": Question(questions_v1.v1_stock_of_products, _V1),
    "numeric-id-filter": Question(questions_v1.numeric_id_filter, _V1),
    "values-in-filter": Question(_values_in_filter, _BOTH),
    "slugs-in-filter": Question(_slugs_in_filter, _BOTH),
    "picture-display-name": _PICTURES,
    "stock-of-simple-creates": Question(questions_v3.stock_of_simple_creates, _V3),
    "stock-without-id": Question(questions_v3.stock_without_id, _V3),
    "discount-info": Question(questions_v3.discount_info, _V3),
    "choice-pictures-in-create": _PICTURES,
    "search-variants-by-sku": Question(questions_v3.search_variants_by_sku, _V3),
    "labels-of-delete": Question(_labels_of_delete, _BOTH),
    "contacts-v5": Question(_contacts_v5, _BOTH),
    "broken-rule-in-bulk": Question(questions_v3.broken_rule_in_bulk, _V3),
    "limit-status": "the site would have to be filled up to a limit of Wix",
    "cart-of-an-order": "it takes an order, and orders cannot be deleted",
    "cart-v1": "Wix removes the calls on 2027-02-01",
    "ids-of-cart-v2": "it takes a cart of a buyer, with a checkout",
    "order-date": "it takes an order, and orders cannot be deleted",
    "message-badges": "it takes a message, and messages cannot be deleted",
    "messages-of-apps": "it takes a message, and messages cannot be deleted",
    "submissions-of-calls": "a submission may start automations of the site, such as emails",
    "media-search": "it takes a file of the Media Manager, which no job of the tests makes",
    "id-of-imported-order": "it takes an order, and orders cannot be deleted",
    "webhook-retries": "it takes an app with a receiver that is out of reach for two days",
    "webhook-answer": "it takes an app with a receiver that answers otherwise",
    "v1-events-on-v3": "it takes an app with a receiver",
    "automation-retries": "it takes a receiver that Wix reaches, and that fails",
    "retry-after": "it takes more requests than Wix allows",
    "writes-without-pauses": "Wix might block the site for 15 minutes",
}
"""For each reading: how to ask the site, or why `make live` cannot ask it."""


def ask(site: LiveSite, name: str) -> str:
    """Return the site's answer to a question.

    Raises:
        NotAnsweredError: The site has no answer, or cannot be asked.
        WixError: Wix refuses a call in a way that is not among the answers.
    """
    question = QUESTIONS.get(name, "this version does not know the question")
    if isinstance(question, str):
        raise NotAnsweredError(question)
    if site.client.store_catalog not in question.catalogs:
        message = "it is about the other store catalog"
        raise NotAnsweredError(message)
    return question.ask(site)
