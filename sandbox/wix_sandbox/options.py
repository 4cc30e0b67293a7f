"""Options of a sandbox, and the constants of its one site."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import Enum
from typing import TYPE_CHECKING, Any

from wix_sandbox.permissions import known_scopes
from wix_sandbox.readings import check_readings
from wix_sandbox.store.table import HORIZON_MS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HIGHEST_PORT = 65_535
_DAY_MS = 86_400_000
HIGHEST = {
    "size": 10_000_000,
    "quota": 1_000_000,
    "latency": _DAY_MS // 1_000,
    **dict.fromkeys(("media_delay_ms", "membership_lag_ms", "provisioning_ms"), _DAY_MS),
}
"""The largest numbers that make sense."""
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{16,200}")
LOOPBACK = frozenset({"localhost", "::1"})


class StoreCatalog(Enum):
    """The generation of Wix Stores on the site."""

    V1 = "v1"
    V3 = "v3"
    ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """How a sandbox starts.

    `catalog` is `v1`, `v3` or `absent`. `empty` starts without the generated shop, `size` generates this many products,
    contacts and orders. `seed` is a state as `/_sandbox/state` returns it, a file of one, or a product file (`.csv`,
    `.tsv`, `.xlsx`, `.ods`), which the command `wix-import` of tap-target-wix reads. `latency` is in seconds a request,
    `quota` in requests a minute (0: unlimited). `store` is a file that keeps the state between runs.
    """

    catalog: str = "v3"
    empty: bool = False
    size: int | None = None
    seed: Mapping[str, list[dict[str, Any]]] | Path | None = None
    latency: float = 0.0
    quota: int = 0
    store: Path | None = None
    number: int = 0
    """Number of the site in an account of many sites; see `account.Account`."""
    host: str = "127.0.0.1"
    port: int = 0
    allowed_hosts: frozenset[str] = frozenset()
    """Host names, in addition to those of loopback, by which the sandbox may be reached, as through a proxy."""
    control_token: str | None = None
    """Secret for the page and the control plane. It is required to listen on an address that is not loopback."""
    random_seed: int = 0
    """Seeds ids and tokens: the same seed and the same requests give the same shop."""
    rotate_refresh_tokens: bool = False
    """Whether `/oauth/access` answers with a new refresh token and retires the old one."""
    refuse_date_sort: bool = False
    """Whether date sorts of products query answer 400 "not declared as sortable", as seen on some sites."""
    denied_scopes: frozenset[str] = frozenset()
    """Scopes (`SCOPE.DC-STORES.READ-ORDERS`) that no credential has: calls that need one of them answer 403."""
    media_delay_ms: int = 0
    """Time until an image given by its URL arrives, in milliseconds of the sandbox's clock."""
    index_lag_ms: int = 0
    """Time by which queries, searches and counts lag behind writes, in milliseconds of the sandbox's clock."""
    read_lag_ms: int = 0
    """Time by which a V3 product that is read by its id lags behind its last write, in milliseconds of the clock."""
    membership_lag_ms: int = 0
    """Time until a V3 product shows a change of its categories, in milliseconds of the clock."""
    provisioning_ms: int = 0
    """Time for which a new V3 site refuses writes with 428, in milliseconds of the clock; reads for half of it."""
    max_products: int = 50_000
    """Maximum products of a store: a widely quoted number that is in no official text."""

    readings: Mapping[str, str] = field(default_factory=dict)
    """Answers to open questions that differ from the defaults: `{name: value}`; see `readings.READINGS`."""

    def but(self, **changes: Any) -> SandboxOptions:
        """Return the same options with changes."""
        return replace(self, **changes)

    @property
    def id_seed(self) -> str:
        """Seed of the site's ids. Sites that start differently have different ids, as on Wix."""
        seed = f"{self.random_seed}/{self.catalog}/{self.empty}/{self.size}/{self.seed is not None}"
        return f"{seed}/{self.number}" if self.number else seed

    def __post_init__(self) -> None:
        StoreCatalog(self.catalog)
        loopback = self.host in LOOPBACK or self.host.startswith("127.")
        if self.control_token is not None and not _TOKEN.fullmatch(self.control_token):
            raise ValueError("a control token has 16 to 200 letters, digits or . _ ~ -")
        if not (loopback or self.control_token):
            raise ValueError(
                f"refusing to listen on {self.host} without a control token: the sandbox has no TLS and its keys are "
                "public, so it serves loopback (127.x, ::1, localhost), or with a token the network of a container"
            )
        if not 0 <= self.port <= HIGHEST_PORT:
            raise ValueError(f"port must be 0-{HIGHEST_PORT}, not {self.port}")
        for name, most in HIGHEST.items():
            if not 0 <= (getattr(self, name) or 0) <= most:
                raise ValueError(f"{name.replace('_', ' ')} must be 0 to {most:,}")
        for name, lag in (("index", self.index_lag_ms), ("read", self.read_lag_ms)):
            if not 0 <= lag <= HORIZON_MS:
                raise ValueError(f"the {name} lag must be 0 to {HORIZON_MS / 1000:g} seconds")
        self._check_scopes()
        check_readings(self.readings)

    def _check_scopes(self) -> None:
        known = known_scopes()
        unknown = sorted(self.denied_scopes - known)
        if unknown:
            close = get_close_matches(unknown[0], known, n=3, cutoff=0)
            raise ValueError(f"no endpoint needs the scope {unknown[0]}; the closest ones are {', '.join(close)}")

    @property
    def store_catalog(self) -> StoreCatalog:
        """Return the catalog as an enum."""
        return StoreCatalog(self.catalog)
