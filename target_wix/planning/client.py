"""The client of a dry run: reads go to Wix, writes go nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from typing_extensions import override

from target_wix.planning import contacts, stores_v1, stores_v3
from target_wix.planning.plan import Plan
from target_wix.planning.shop import Shop
from wix_api.client import WixClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from target_wix.changes import Entity
    from target_wix.planning.shop import View
    from wix_api.client import Decoder
    from wix_api.operations import Operation
    from wix_api.query import Query

    Effect = Callable[[Shop, Mapping[str, str], Entity], Entity]

T = TypeVar("T")

_DOMAINS = (stores_v3, stores_v1, contacts)
_VIEWS: tuple[View, ...] = tuple(view for domain in _DOMAINS for view in domain.VIEWS)
_BY_OPERATION = {view.query.operation: view for view in _VIEWS}
_READS: dict[Operation, Effect] = {name: read for domain in _DOMAINS for name, read in domain.READS.items()}
_WRITES: dict[Operation, Effect] = {name: write for domain in _DOMAINS for name, write in domain.WRITES.items()}


class NotPlannedError(RuntimeError):
    """A call of which nobody said what it would do: a dry run must not send it."""


class PlanningClient(WixClient):
    """One site in a dry run: see the package's docstring. Made like any other client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site = WixClient(*args, **kwargs)
        site.wishes = self.wishes
        self.plan = Plan(lambda: self.pacer.requests)
        self._shop = Shop(site, self.plan, {view.kind: view for view in reversed(_VIEWS)}.values())

    @override
    def decoded(
        self,
        operation: Operation,
        decoder: Decoder[T],
        *,
        names: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> T:
        sent: Entity = msgspec.json.decode(msgspec.json.encode({**(params or {}), **(body or {})}))
        if operation in _WRITES:
            self.plan.write()
            with self._shop.lock:
                return _as_answer(decoder, _WRITES[operation](self._shop, names or {}, sent))
        if operation in _READS:
            return _as_answer(decoder, _READS[operation](self._shop, names or {}, sent))
        view = _BY_OPERATION.get(operation)
        answer = self._looked_up(view, sent) if view else None
        if answer is not None:
            return _as_answer(decoder, answer)
        if operation.writes:
            msg = f"{operation.method} {operation.path} is not planned; nothing was sent."
            raise NotPlannedError(msg)
        return super().decoded(operation, decoder, names=names, body=body, params=params)

    def merged(self, query: Query, rows: Iterable[Entity]) -> Iterator[Entity]:
        """Give all rows of a query as they would be, from those that there are."""
        return self._shop.merged(_BY_OPERATION[query.operation], rows)

    @override
    def close(self) -> None:
        self._shop.overlay.close()
        super().close()

    def _looked_up(self, view: View, sent: Entity) -> Entity | None:
        """Answer a look-up by the values of one member; None for any other query."""
        wrapper = "search" if "search" in sent else "query"
        asked = sent.get(wrapper)
        filters = asked.get("filter") if isinstance(asked, dict) else None
        if isinstance(filters, str):
            filters = msgspec.json.decode(filters)
        if not asked or not isinstance(filters, dict) or len(filters) != 1 or asked.get("sort"):
            return None
        ((member, condition),) = filters.items()
        for operator in ("$in", "$hasSome"):
            if isinstance(condition, dict) and list(condition) == [operator]:
                extra = {name: value for name, value in sent.items() if name != wrapper}
                is_first = not (asked.get("paging") or {}).get("offset")
                # The first answer holds all rows, so a second page is empty.
                rows = self._shop.look_up(view, member, condition[operator], operator, extra) if is_first else []
                return {view.query.items: rows}
        return None


def _as_answer(decoder: Decoder[T], answer: Entity) -> T:
    return decoder.decode(msgspec.json.encode(answer))
