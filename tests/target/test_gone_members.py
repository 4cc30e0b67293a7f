"""Products and collections that somebody deletes just before a call that changes the memberships of several products.

Wix documents no result for each product on V1, so a 404 may be about the collection or about any product of the call.
"""

from __future__ import annotations

import json

import pytest

from tests.bent import Answer, bent
from tests.target.runs import messages, product

NAMES = "ABCDEFGH"
CALLS = ("/productIds", "/productIds/delete", "/add-items", "/remove-items")
REFUSALS = {
    "v1": {"message": "not found", "details": {}},
    "v3": {"message": "", "details": {"applicationError": {"code": "NOT_FOUND"}}},
}
CUPS = [{"name": "Cups"}]


@pytest.fixture(params=["v1", "v3"])
def catalog(request):
    return request.param


@pytest.fixture
def shop(catalog, empty_v1, empty_v3, run):
    """Return a shop with a collection and eight products, which are found by their slugs."""
    site = empty_v1 if catalog == "v1" else empty_v3
    fields = {"priceData": {"price": 5}} if catalog == "v1" else {"handle": ""}
    products = [{**product(name, slug=name.lower()), **fields} for name in NAMES]
    products = [{name: value for name, value in one.items() if value} for one in products]
    done = run(site, messages(collections=CUPS, products=products))
    assert set(done.outcomes) == {"created"}
    return site


def members(command="upsert"):
    return messages(
        collection_products=[{"collection": "Cups", "slug": name.lower(), "_command": command} for name in NAMES]
    )


def id_of(site, kind, name):
    return next(each["id"] for each in site.state()[kind] if each["name"] == name)


def inside(site):
    """Return the names of the products that the collection holds."""
    cups = id_of(site, "collections" if "collections" in site.state() else "categories", "Cups")
    state = site.state()
    places = {each["catalogItemId"] for each in state.get("category_items", []) if each["categoryId"] == cups}
    return "".join(
        sorted(one["name"] for one in state["products"] if cups in one.get("collectionIds", ()) or one["id"] in places)
    )


class Shopkeeper:
    """Deletes something when the first membership call comes, and answers as Wix does for what is gone.

    Args:
        site: The shop.
        catalog: Its catalog.
        gone: Ids of products; calls that name one of them are refused.
        deletes: Whether they are really deleted; if not, Wix's queries do not know yet.
    """

    def __init__(self, site, catalog, gone, *, deletes=True):
        self.asked = []
        self._site = site
        self._gone = gone
        self._deletes = deletes
        self._refusal = REFUSALS[catalog]

    def __call__(self, asked, ask):
        self.asked.append(asked.path.partition("?")[0])
        if not self.asked[-1].endswith(CALLS):
            return ask()
        if self._deletes:
            for one in self._gone:
                self._site.app.site.store.delete("products", one)
        return Answer(404, self._refusal) if any(one in asked.text for one in self._gone) else ask()

    @property
    def since(self):
        """Number of requests from the first membership call on."""
        first = next(at for at, path in enumerate(self.asked) if path.endswith(CALLS))
        return len(self.asked) - first


@pytest.mark.parametrize("gone", ["C", "BCF"])
def test_a_deleted_product_keeps_no_other_from_joining(gone, shop, catalog, run):
    keeper = Shopkeeper(shop, catalog, [id_of(shop, "products", name) for name in gone])
    with bent(shop, keeper) as settings:
        done = run(shop, members(), on_reject="skip", **settings)

    assert done.error is None
    assert done.outcomes == ["rejected" if name in gone else "created" for name in NAMES]
    assert inside(shop) == "".join(name for name in NAMES if name not in gone)
    assert keeper.since == 3  # the call, which products exist, the call without the others


def test_a_deleted_product_that_queries_still_show_keeps_no_other_from_joining(shop, catalog, run):
    keeper = Shopkeeper(shop, catalog, [id_of(shop, "products", "C")], deletes=False)
    with bent(shop, keeper) as settings:
        done = run(shop, members(), on_reject="skip", **settings)

    assert done.outcomes == ["rejected" if name == "C" else "created" for name in NAMES]
    assert inside(shop) == "ABDEFGH"


@pytest.mark.parametrize("deletes", [True, False])
def test_a_deleted_product_keeps_no_other_in_a_collection(deletes, shop, catalog, run):
    assert set(run(shop, members()).outcomes) == {"created"}
    keeper = Shopkeeper(shop, catalog, [id_of(shop, "products", "C")], deletes=deletes)
    with bent(shop, keeper) as settings:
        done = run(shop, members("delete"), **settings)

    assert done.outcomes == ["deleted"] * len(NAMES)
    assert inside(shop) == ("" if deletes else "C")


def test_a_deleted_collection_rejects_all_in_three_requests(shop, catalog, run):
    kind = "collections" if catalog == "v1" else "categories"
    cups = id_of(shop, kind, "Cups")
    keeper = Shopkeeper(shop, catalog, [])

    def bend(asked, ask):
        if cups in asked.path:
            shop.app.site.store.delete(kind, cups)
        return keeper(asked, ask)

    with bent(shop, bend) as settings:
        done = run(shop, members(), on_reject="skip", **settings)

    assert done.outcomes == ["rejected"] * len(NAMES)
    assert keeper.since == 3
    assert json.dumps(done.results).count("does not exist") == len(NAMES)
