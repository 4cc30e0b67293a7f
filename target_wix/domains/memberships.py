"""Memberships of products in collections: in product records, on sites of either catalog, and as a stream.

A call writes many products of one collection, or on V3 many collections of one product. A record of
`collection_products` adds a product to a collection; a delete removes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from target_wix.change import MOST_TRIES, Change, Command, Entity, Outcome
from target_wix.concurrency import batches, grouped
from target_wix.domain import Domain
from target_wix.domains.bulk_calls import metadata_of, results_of
from target_wix.domains.locating import deleted, owners_of_skus_v1
from target_wix.domains.lookup import ProductLookupV1, ProductLookupV3, all_skus_of
from target_wix.domains.store_collections import CATEGORY, COLLECTION, KIND, CollectionIndex
from target_wix.errors import Failure, Rejected
from target_wix.fields import Access, Fields, derived, fields, listed_in
from target_wix.matching import PRODUCTS, Found, Key, Matcher, choose_keys, rows_of
from target_wix.undo_entries import PAIR, Kept, Op, Returns, pair_entry
from target_wix.verdicts import Verdict, not_created, verdict_on
from wix_api.endpoints import stores_v1, stores_v3
from wix_api.errors import GoneError, RejectionError, UnavailableError
from wix_api.ids import GUID
from wix_api.languages import next_cursor
from wix_api.pages import RowsDecoder
from wix_api.products.collection import name_of_slug
from wix_api.reading import Position, Trail
from wix_api.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from target_wix.run import Run
    from target_wix.stream import Stream
    from wix_api.operations import Operation
    from wix_api.query import Query

_ITEMS = RowsDecoder("items", dict[str, Any])
_CATEGORIES = RowsDecoder("categoriesForItems", dict[str, Any], is_paged=False)
_MEMBERSHIPS, _JOINED = "memberships", "joined"
Pair = tuple[str, str]
"""Ids of a collection and of a product."""


# Collections in product records


def named_by(record: Entity) -> tuple[str, list[str]] | None:
    """Return the member with the collections of a product record, and their references; None without such a member.

    `collections` contains names, slugs or ids. The tap extracts `directCategoriesInfo` (V3) and `collectionIds` (V1).
    """
    given = {
        "collections": record.get("collections"),
        "directCategoriesInfo": (record.get("directCategoriesInfo") or {}).get("categories"),
        "collectionIds": record.get("collectionIds"),
    }
    for member, listed in given.items():
        if listed is not None:
            return member, [_text(entry) for entry in entries_of(listed)]
    return None


def entries_of(listed: Any) -> list[Any]:
    """Return the entries of a list of collections, without the nulls and blanks of databases."""
    return [entry for entry in listed_in(listed) if entry is not None and str(entry).strip()]


def places_of(product: Entity) -> set[str]:
    """Return the ids of the collections of a product of the site, on either catalog."""
    categories = (product.get("directCategoriesInfo") or {}).get("categories") or []
    return {entry["id"] for entry in categories} | set(product.get("collectionIds") or [])


def _new(entry: Any) -> Entity:
    """Return the body that creates the collection of an entry, with its name, or with its slug and a name."""
    slug = entry.get("slug") if isinstance(entry, dict) else None
    if not slug:
        return {"name": _text(entry)}
    return {"name": str(entry.get("name") or name_of_slug(str(slug))), "slug": str(slug)}


def _text(entry: Any) -> str:
    if isinstance(entry, dict):
        entry = entry.get("id") or entry.get("slug") or entry.get("name")
    return str(entry or "").strip()


# Memberships of a site


class Memberships(ABC):
    """Memberships of products in collections of a site; `tree` are the parameters of the call `get_collection`."""

    collections: ClassVar[Query]
    products: ClassVar[Query]
    get_collection: ClassVar[Operation]
    tree: ClassVar[Mapping[str, str]] = {}

    def __init__(self, run: Run, keys: Callable[[], tuple[Key, ...]]) -> None:
        self.run = run
        self.index = run.once(self._index)
        self.keys = keys

    @classmethod
    def _index(cls, run: Run) -> CollectionIndex:
        return CollectionIndex(run, cls.collections)

    @abstractmethod
    def of(self, products: dict[str, Entity]) -> dict[str, set[str]]:
        """Return the ids of collections by product ids, as queries show them; `products` are as look-ups found them."""

    @abstractmethod
    def members(self, collection_id: str) -> Iterator[str]:
        """Yield the ids of the products of a collection."""

    @abstractmethod
    def calls(self, *, adds: bool) -> Iterable[MembershipCall]:
        """Return the calls that can add products to collections, or remove them."""

    def change(self, to_add: Iterable[Pair], to_remove: Iterable[Pair]) -> dict[Pair, Failure]:
        """Add products to collections, then remove others, in the fewest requests; return the pairs that failed."""
        failed: dict[Pair, Failure] = {}
        for adds, pairs in ((True, list(to_add)), (False, list(to_remove))):
            failed |= min(self.calls(adds=adds), key=lambda call: call.requests(pairs)).send(pairs)
        return failed

    @abstractmethod
    def make(self, body: Entity) -> Entity:
        """Create a collection with a name, and optionally a slug, and return it.

        Raises:
            Rejected: A member breaks a documented limit.
            WixError: Wix refused the call, or did not answer.
        """

    # Collections in product records, resolved to ids of this site

    def resolve(self, reference: str) -> str | None:
        """Return the id on this site of the collection with an id of another site, or with an id, slug or name.

        Raises:
            AfterDelete: A held delete will remove the collection.
        """
        collection_id = self.run.memory.linked(KIND, reference) or self.index.named(reference)
        if collection_id:
            self.run.deletes.check_free(collection_id)
            self.run.mirror.keep(KIND, collection_id)
        return collection_id

    def compare(self, change: Change) -> None:
        """Set the collections to add, remove and create; add their member to `fields` if there are any.

        The list is complete: the product is removed from collections that are not in it. But if an id cannot be
        resolved, the product is not removed from any collection, since this id may mean one of them.

        Raises:
            Rejected: `collections` names a collection that the site lacks and that may not be created, or that is
                ambiguous; in rows of a product file only if collections may be created.
            AfterDelete: A held delete will remove one of the collections.
        """
        change.add_to = change.remove_from = change.missing = ()
        named = named_by(change.record)
        if named is None:
            return
        member, references = named
        wanted: set[str] = set()
        is_complete = True
        for reference in references:
            resolved = self.resolve(reference)
            # A row of a product file may name collections that the site lacks: there is a warning, and it is written.
            if resolved is None and member == "collections" and (self.run.makes_collections or change.source is None):
                self._check_missing(reference)
                change.missing = (*change.missing, reference)
            elif resolved is None:
                is_complete = False
                self.run.warn_once(
                    f"A product is in a collection that this site lacks ({reference}); the collection is left out. "
                    "Load `collections` first, or set `stream_options.products.create_missing_collections`."
                )
            elif not self.index.is_fixed(resolved):
                wanted.add(resolved)
        now = {collection for collection in places_of(change.current) if not self.index.is_fixed(collection)}
        change.add_to = tuple(sorted(wanted - now))
        change.remove_from = tuple(sorted(now - wanted)) if is_complete else ()
        if change.add_to or change.remove_from or change.missing:
            change.fields = (*change.fields, member)

    def _check_missing(self, reference: str) -> None:
        self.refuse_ambiguous(reference, "collections")
        if not reference:
            msg = "An entry of `collections` has no name, slug or id. Fill one in."
            raise Rejected(msg, code="UNKNOWN_COLLECTION", field="collections")
        if not self.run.makes_collections or GUID.fullmatch(reference):
            msg = (
                f"The site has no collection `{reference}`. Load `collections` first, or set "
                "`stream_options.products.create_missing_collections` to create collections by their names."
            )
            raise Rejected(msg, code="UNKNOWN_COLLECTION", field="collections")

    def refuse_ambiguous(self, reference: str, field: str) -> None:
        """Raise `Rejected` if several collections have a name."""
        if len(self.index.all_named(reference)) > 1:
            msg = f"Several collections of the site have the name `{reference}`. Use the id or slug instead."
            raise Rejected(msg, code="AMBIGUOUS_MATCH", field=field)

    def is_to_be_made(self, record: Entity, reference: str) -> bool:
        """True if a collection that the site lacks will be created for a record."""
        member, references = named_by(record) or ("", [])
        may_be_made = self.run.makes_collections and member == "collections" and not GUID.fullmatch(reference)
        return may_be_made and reference in references

    def make_missing(self, change: Change) -> None:
        """Create the collections that a record names and the site lacks; raise `Rejected` if Wix refuses one."""
        bodies = {_text(entry): _new(entry) for entry in entries_of(change.record["collections"])}
        for reference in change.missing:
            if not self.index.named_at_last(reference):
                self._make_named(reference, bodies[reference])

    def _make_named(self, name: str, body: Entity) -> None:
        failure = Failure.unanswered("Wix does not answer.")
        (entry,) = self.run.undo_log.keep([Kept(Op.MAKE, KIND, f"name={name}", wrote=body)])
        for _ in range(MOST_TRIES):
            try:
                collection = self.make(body)
            except (RejectionError, UnavailableError) as error:
                failure = Failure.of(error)
                if verdict_on(failure, "create") is Verdict.REJECT:
                    break
                # Read all collections again, once the index has caught up, to see whether it was created.
                self.run.lag.lost_create() if failure.is_lost else self.run.lag.lost_answer()
                self.index.forget()
                if collection_id := self.index.named_at_last(name):
                    self.run.undo_log.made(entry, collection_id)
                    self.run.new_collections += [name] if failure.is_lost else []
                    return
            except Rejected as error:
                self.run.undo_log.void(entry)
                msg = f"The collection `{name}` cannot be created: {error.message}"
                raise Rejected(msg, code=error.code, field="collections") from None
            else:
                self.index.put(collection)
                self.run.undo_log.made(entry, collection["id"])
                self.run.memory.wrote(collection["id"])
                self.run.mirror.keep(KIND, collection["id"])
                self.run.new_collections.append(str(collection["name"]))
                return
        self.run.undo_log.void(entry)
        raise not_created(failure, "collection", name, "collections")

    def with_names(self, change: Change, old: Entity, new: Entity) -> tuple[Entity, Entity]:
        """Return both sides with the names of the product's current and desired collections."""
        named = named_by(change.record)
        if named is None or not (change.add_to or change.remove_from or change.missing):
            return old, new
        now = places_of(change.current)
        then = (now - set(change.remove_from)) | set(change.add_to)
        return {**old, named[0]: self.index.names(now)}, {**new, named[0]: self.index.names(then)}

    # Which collection or product is missing, if Wix's refusal does not say so

    def products_of(self, ids: list[str]) -> list[str]:
        """Return the ids of products that exist, including those of this run that queries may not show yet."""
        shown = {row["id"] for row in rows_of(self.run, self.products, "id", ids, self.products.page_size)}
        return [one for one in ids if one in shown or self.run.memory.is_behind(one)]

    def has_collection(self, collection_id: str) -> bool:
        """True if a collection exists."""
        try:
            self.run.client.call(self.get_collection, names={"id": collection_id}, params=self.tree)
        except GoneError:
            return False
        return True


@dataclass(frozen=True)
class MembershipCall:
    """A call that adds products to a collection, or removes products from it. It can be repeated without harm.

    `body` returns the body for a collection and up to `size` products; if the call `is_of_product`, for a product and
    up to `size` collections.
    """

    memberships: Memberships
    operation: Operation
    body: Callable[[str, list[str]], Entity]
    size: int
    adds: bool
    is_of_product: bool = False

    def requests(self, pairs: Iterable[Pair]) -> int:
        """Return the number of requests for the pairs."""
        return sum(-(-len(ids) // self.size) for ids in self._grouped(pairs).values())

    def send(self, pairs: Iterable[Pair]) -> dict[Pair, Failure]:
        """Change memberships; return the pairs that failed."""
        failed: dict[Pair, Failure] = {}
        pairs, value = list(pairs), _JOINED if self.adds else ""
        self.memberships.run.undo_log.keep(pair_entry(*pair, adds=self.adds) for pair in pairs)
        for one, ids in self._grouped(pairs).items():
            for some in batches(ids, self.size):
                failures = self._send(one, some)
                failed |= {self._pair(one, other): failure for other, failure in failures.items()}
                for collection, product in (self._pair(one, other) for other in some if other not in failures):
                    self.memberships.run.memory.wrote(product, _MEMBERSHIPS, detail=collection, value=value)
        return failed

    def _grouped(self, pairs: Iterable[Pair]) -> dict[str, list[str]]:
        return grouped(self._pair(*pair) for pair in pairs)

    def _pair(self, one: str, other: str) -> Pair:
        return (other, one) if self.is_of_product else (one, other)

    def _send(self, one: str, ids: list[str], tries: int = 1) -> dict[str, Failure]:
        """Send a call; return the failures. Repeats it after conflicts; splits it if Wix refuses some of its ids."""
        self.memberships.run.stop.check()
        parts: list[list[str]] = []
        try:
            answer = self.memberships.run.client.call(self.operation, names={"id": one}, body=self.body(one, ids))
        except RejectionError as error:
            failure = Failure.of(error)
            parts = self._parts(one, ids, failure, tries)
            failures = dict.fromkeys(set(ids).difference(*parts), failure)
        else:  # V1 reports no failures
            given = zip(ids, map(metadata_of, results_of(answer, len(ids))), strict=True)
            failures = {other: Failure.of_item(item) for other, item in given if item.get("success") is False}
        again = [other for other, failure in failures.items() if self._verdict(failure) is Verdict.LOOK_AGAIN]
        failed = {other: failure for other, failure in failures.items() if self._verdict(failure) is Verdict.REJECT}
        for part in parts:
            failed |= self._send(one, part, tries)
        if again and tries < MOST_TRIES:
            return failed | self._send(one, again, tries + 1)
        return failed | {other: replace(failures[other], is_retryable=True) for other in again}

    def _parts(self, one: str, ids: list[str], failure: Failure, tries: int) -> list[list[str]]:
        """Return the parts in which a refused call is sent again; none if all of its ids are refused."""
        follows = self._verdict(failure)
        is_last = follows is Verdict.LOOK_AGAIN and tries >= MOST_TRIES
        if len(ids) == 1:
            return []
        if failure.refusal is Refusal.GONE and not self.is_of_product:
            existing = self.memberships.products_of(ids)
            if len(existing) < len(ids):
                return [existing] if existing else []
            if not self.memberships.has_collection(one):
                return []
        elif not (failure.refusal is Refusal.GONE or follows is Verdict.REJECT or is_last):
            return []  # it was not refused because of one of its ids
        middle = len(ids) // 2
        return [ids[:middle], ids[middle:]]

    def _verdict(self, failure: Failure) -> Verdict:
        return verdict_on(failure, "join" if self.adds else "leave")


def with_own(run: Run, product_id: str, shown: set[str]) -> set[str]:
    """Return the collections of a product: those that queries show, updated with the writes of this run."""
    own = run.memory.values(_MEMBERSHIPS, product_id)
    return {*shown, *own} - {collection for collection, value in own.items() if value != _JOINED}


class MembershipsV1(Memberships):
    """Memberships of a V1 site: a thousand products per call, without results for the single products.

    Source: https://dev.wix.com/docs/rest/business-solutions/stores/catalog-v1/collections
    """

    collections = stores_v1.COLLECTIONS
    products = stores_v1.PRODUCT_IDS
    get_collection = stores_v1.GET_COLLECTION

    def __init__(self, run: Run) -> None:
        self._lookup = ProductLookupV1(run)
        super().__init__(run, self._keys)

    def _keys(self) -> tuple[Key, ...]:
        """Return the keys of a product; unlike those of `products`, SKUs are also found if variants have them."""
        return (*self._lookup.keys()[:2], Key("sku", all_skus_of, self._find_skus))

    def _find_skus(self, skus: list[str]) -> list[Found]:
        owners = owners_of_skus_v1(self.run, self._lookup, skus)
        return [Found(sku, product_id) for sku, ids in owners.items() for product_id in sorted(ids)]

    @override
    def of(self, products: dict[str, Entity]) -> dict[str, set[str]]:
        unread = sorted(one for one, product in products.items() if "collectionIds" not in product)
        found = products | self._lookup.fetch(unread, alone=())
        return {key: set(product.get("collectionIds") or []) for key, product in found.items()}

    @override
    def members(self, collection_id: str) -> Iterator[str]:
        found = self._lookup.find("collections.id", [collection_id])
        # In a plan, a product that would be removed is still found.
        return (one.id for one in found if collection_id in (one.entity or {}).get("collectionIds", [collection_id]))

    @override
    def calls(self, *, adds: bool) -> Iterable[MembershipCall]:
        operation = stores_v1.ADD_TO_COLLECTION if adds else stores_v1.REMOVE_FROM_COLLECTION
        size = stores_v1.PRODUCTS_PER_MEMBERSHIP_CALL
        return [MembershipCall(self, operation, lambda _collection, ids: {"productIds": ids}, size, adds)]

    @override
    def make(self, body: Entity) -> Entity:
        COLLECTION.check(body, creating=True)
        return self.run.client.entity(stores_v1.CREATE_COLLECTION, "collection", body={"collection": body})


class MembershipsV3(Memberships):
    """Memberships of a V3 site: items of categories.

    All writes to the tree of categories share one revision, so they are sent one after another. After a conflict with
    another client, the call is repeated. Source: https://dev.wix.com/docs/rest/business-management/categories
    """

    collections = stores_v3.CATEGORIES
    products = stores_v3.PRODUCT_IDS
    get_collection = stores_v3.GET_CATEGORY
    tree = stores_v3.STORES_TREE_PARAMETER

    def __init__(self, run: Run) -> None:
        super().__init__(run, ProductLookupV3(run).keys)

    @override
    def of(self, products: dict[str, Entity]) -> dict[str, set[str]]:
        some = batches(sorted(products), stores_v3.ITEMS_PER_CALL)
        return {
            entry["item"]["catalogItemId"]: set(entry.get("directCategoryIds") or [])
            for answer in self.run.together(self._categories_of, some)
            for entry in answer
        }

    @override
    def members(self, collection_id: str) -> Iterator[str]:
        paging: Entity = {"limit": stores_v3.ITEMS_PER_CALL}
        trail = Trail()
        while True:
            body = {"cursorPaging": paging, "treeReference": stores_v3.STORES_TREE}
            items, page = self.run.client.decoded(stores_v3.LIST_ITEMS, _ITEMS, names={"id": collection_id}, body=body)
            yield from (item["catalogItemId"] for item in items)
            cursor = next_cursor(page, paging.get("cursor", ""))
            if not cursor:
                return
            paging["cursor"] = trail.follow(Position(cursor=cursor), after_rows=bool(items)).cursor

    @override
    def calls(self, *, adds: bool) -> Iterable[MembershipCall]:
        def body(_category: str, ids: list[str]) -> Entity:
            return {"items": [_item_of(product) for product in ids], "treeReference": stores_v3.STORES_TREE}

        def body_of_product(product: str, ids: list[str]) -> Entity:
            return {"item": _item_of(product), "categoryIds": ids, "treeReference": stores_v3.STORES_TREE}

        size, few = stores_v3.ITEMS_PER_CALL, stores_v3.CATEGORIES_PER_CALL
        of_category = stores_v3.ADD_ITEMS if adds else stores_v3.REMOVE_ITEMS
        of_product = stores_v3.ADD_ITEM if adds else stores_v3.REMOVE_ITEM
        return [
            MembershipCall(self, of_category, body, size, adds),
            MembershipCall(self, of_product, body_of_product, few, adds, is_of_product=True),
        ]

    @override
    def make(self, body: Entity) -> Entity:
        CATEGORY.check(body, creating=True)
        sent = {"category": {**body, "visible": True}, **stores_v3.WHOLE_CATEGORY}
        return self.run.client.entity(stores_v3.CREATE_CATEGORY, "category", body=sent)

    def _categories_of(self, product_ids: list[str]) -> list[Entity]:
        body = {"items": [_item_of(product) for product in product_ids], "treeReference": stores_v3.STORES_TREE}
        return self.run.client.decoded(stores_v3.CATEGORIES_OF_ITEMS, _CATEGORIES, body=body)[0]


def _item_of(product_id: str) -> Entity:
    """Return a reference to a product for the Categories API."""
    return {"catalogItemId": product_id, "appId": stores_v3.STORES_APP_ID}


class CollectionProducts(Domain):
    """Adds products to collections, and removes them.

    A record identifies its collection by `collectionId` or `collection` (name or slug), and its product by `productId`,
    `handle`, `sku` or `slug`. With the option `mode: replace`, each collection in the input contains at the end exactly
    the products in the input.
    """

    kind = "collection_products"
    returns = Returns.APART
    rank = 4
    fields = Fields(
        *fields("collectionId collection productId handle sku slug", access=Access.APART),
        *derived("index productUpdatedDate"),
    )
    batch_size = 1000
    can_mirror = True

    def __init__(self, stream: Stream, *, memberships: Callable[[Run], Memberships]) -> None:
        super().__init__(stream)
        self.memberships = memberships(self.run)
        products = choose_keys(self.memberships.keys(), ())
        self._products = Matcher(self.run, products, lambda ids: {one: {"id": one} for one in ids}, kind=PRODUCTS)
        self._named: dict[str, set[str]] = defaultdict(set)
        self.mirrors = self.mirrors or self.stream.options.get("mode") == "replace"

    @override
    def keys(self) -> tuple[Key, ...]:
        # This key only keeps records of the same membership in their order; `find` matches them.
        return (Key("membership", lambda record: [self.name_of(record)]),)

    @override
    def name_of(self, record: Entity) -> str:
        collection = record.get("collectionId") or record.get("collection") or ""
        product = next((record[name] for name in ("productId", "handle", "sku", "slug") if record.get(name)), "")
        return f"{collection}{PAIR}{product}"

    @override
    def find(self, changes: list[Change]) -> list[Change]:
        self.run.lag.wait_for_unseen_writes()
        placed = self.stream.each(changes, self._find_collection)
        found = self._find_products(placed)
        now = self.memberships.of({change.id: change.current for change in found})
        for change in found:
            joined = with_own(self.run, change.id, now.get(change.id, set()))
            change.current = {"id": change.id} if {*change.add_to, *change.remove_from} <= joined else {}
        return found

    @override
    def compare(self, change: Change) -> None:
        if self.mirrors:
            self._named[change.add_to[0]].add(change.id)

    @override
    def apply(self, changes: list[Change]) -> list[Change]:
        to_add = [_pair_of(change) for change in changes if change.add_to]
        to_remove = [_pair_of(change) for change in changes if change.remove_from]
        failed = self.memberships.change(to_add, to_remove)
        for change in changes:
            failure = failed.get(_pair_of(change))
            if failure:
                self.stream.reject(change, failure.rejection())
            else:
                self.stream.record_outcome(change, Outcome.CREATED if change.add_to else Outcome.DELETED)
        return []

    @override
    def claim_of(self, change: Change) -> str:
        return PAIR.join(_pair_of(change))

    @override
    def touched_by(self, change: Change) -> Iterable[str]:
        return (change.id, self.claim_of(change))

    @override
    def surplus(self) -> list[Change]:
        """Return deletes of memberships that the input lacks, in collections that the input names."""
        gone = [
            self.delete_of(f"{collection}{PAIR}{product}", {"id": product}, remove_from=(collection,))
            for collection, named in self._named.items()
            if self.memberships.index.get(collection)  # unless the input has deleted it since
            for product in self.memberships.members(collection)
            if product not in named
        ]
        return [change for change in gone if not self.run.deletes.is_held(change.key)]

    @override
    def is_still_surplus(self, change: Change) -> bool:
        (collection,) = change.remove_from
        return change.id not in self._named[collection] and self.memberships.index.get(collection) is not None

    def _find_collection(self, change: Change) -> bool:
        index = self.memberships.index
        references = [str(change.record[name]) for name in ("collectionId", "collection") if change.record.get(name)]
        collection_id = next((found for one in references if (found := self.memberships.resolve(one))), None)
        if collection_id is None:
            for reference in references:
                self.memberships.refuse_ambiguous(reference, "collection")
            msg = (
                "The site has no collection with the record's `collectionId` or `collection` (name or slug). Load "
                "`collections` first."
            )
            unknown = Rejected(msg, code="UNKNOWN_COLLECTION", field="collectionId")
            return self.without_entity(change, unknown, is_named=bool(references))
        if index.is_fixed(collection_id):
            # Every product is in All Products.
            self.stream.record_outcome(change, Outcome.IGNORED)
            return False
        if change.command is Command.DELETE:
            change.remove_from = (collection_id,)
        else:
            change.add_to = (collection_id,)
        return True

    def _find_products(self, changes: list[Change]) -> list[Change]:
        asked = {change: self._product_of(change) for change in changes}
        products = list(asked.values())
        if not all(product.id for product in products):
            self._products.wait_for_changes()
        refused = dict(self._products.match(products))
        missing = [product for product in products if not product.id and product not in refused]
        if missing and self.run.lag.wait_for_own_writes():
            # Products whose key this run has changed, which searches did not show yet.
            refused |= self._products.match(missing)

        def found(change: Change) -> bool:
            product = asked[change]
            if product in refused:
                raise refused[product]
            if not product.id or product.id in self.run.once(deleted):
                if product.record["sku"] != change.record.get("sku"):
                    msg = (
                        "The product of this record was rejected in this run, and a product with its SKU may be "
                        "another one. Correct the record of the product, and run the command again."
                    )
                    raise Rejected(msg, code="UNKNOWN_PRODUCT", field="productId", retryable=True)
                msg = (
                    f"The site has no product with the record's keys ({self._products.key_names}; the id is in "
                    "`productId`). Load `products` first."
                )
                unknown = Rejected(msg, code="UNKNOWN_PRODUCT", field="productId")
                return self.without_entity(change, unknown, is_named=self._products.has_key(product))
            change.id, change.current = product.id, product.current
            return True

        return self.stream.each(changes, found)

    def _product_of(self, change: Change) -> Change:
        """Return a change that is matched with the product of a record."""
        incoming, memory = change.record.get("productId"), self.run.memory
        record = {"id": incoming, **{name: change.record.get(name) for name in ("handle", "sku", "slug")}}
        if memory.is_rejected(PRODUCTS, incoming):
            record["sku"] = None  # a product with the SKU of a rejected one may be another one
        return Change(change.line, record, change.command, id=memory.linked(PRODUCTS, str(incoming)) or "")


def _pair_of(change: Change) -> Pair:
    return (*change.add_to, *change.remove_from)[0], change.id
