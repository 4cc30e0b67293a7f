"""A sandbox: one site, filled and served."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wix_sandbox.app import App
from wix_sandbox.auth import app_config, key_config, refresh_config
from wix_sandbox.control import PREFIX
from wix_sandbox.errors import WixError
from wix_sandbox.options import SandboxOptions
from wix_sandbox.persistence import (
    Snapshot,
    SqliteStore,
    StateFileError,
    check_catalog_of,
    check_kinds,
    read_state,
    split,
)
from wix_sandbox.product_files import SUFFIXES, import_file
from wix_sandbox.resources import all_paths, found_shop, make_product, rebuild
from wix_sandbox.server import bind, serving, url_of
from wix_sandbox.site import Site
from wix_sandbox.synthetic import fill
from wix_sandbox.synthetic.once import fill_once
from wix_sandbox.webhooks import Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wix_sandbox.faults import Faults
    from wix_sandbox.journal import Journal
    from wix_sandbox.store import Store
    from wix_sandbox.values import Entity
    from wix_sandbox.webhooks import Outbox


@dataclass(frozen=True)
class RunningSite:
    """A served site: its address, its credentials, and its contents."""

    url: str
    app: App

    @property
    def site(self) -> Site:
        """The site itself: clock, ids, catalog."""
        return self.app.site

    @property
    def store(self) -> Store:
        """The rows of the site."""
        return self.app.site.store

    @property
    def journal(self) -> Journal:
        """The requests so far."""
        return self.app.journal

    @property
    def faults(self) -> Faults:
        """The planned faults."""
        return self.app.faults

    @property
    def webhooks(self) -> Outbox:
        """Subscriptions to webhooks, and how they are sent."""
        return self.app.webhooks

    def config(self) -> dict[str, Any]:
        """Settings for an API key: `{api_url, api_key, site_id}`."""
        return key_config(self.url, self.site.options.quota, self.site.identity)

    def app_config(self) -> dict[str, Any]:
        """Settings for client credentials: `{api_url, app_id, app_secret, instance_id}`."""
        return app_config(self.url, self.site.options.quota, self.site.identity)

    def refresh_config(self) -> dict[str, Any]:
        """Settings for the legacy refresh token: `{api_url, app_id, app_secret, refresh_token}`."""
        return refresh_config(self.url, self.site.options.quota, self.site.identity)

    @property
    def controls(self) -> str:
        """The URL of its controls, with a slash at the end."""
        number, site_id = self.site.options.number, self.site.identity.site_id
        return f"{self.url}{PREFIX}{f'sites/{site_id}/' if number else ''}"

    def state(self) -> dict[str, list[Entity]]:
        """The whole store: `{entity type: [entities]}`."""
        return self.store.snapshot()

    def ids(self, kind: str) -> list[str]:
        """Ids of one entity type, oldest first."""
        return self.store.ids(kind)

    def reset(self) -> None:
        """Restore the shop and the clock of the start, and forget requests, faults, chosen readings and webhooks."""
        self.app.reset()

    def save(self) -> Snapshot:
        """Return the shop as it is now."""
        return Snapshot.of(self.site)

    def load(self, snapshot: Snapshot) -> None:
        """Restore a shop that `save` returned."""
        snapshot.restore(self.site)


class Sandbox:
    """A local Wix. `with Sandbox(SandboxOptions(catalog="v1")).serve() as site: …`."""

    def __init__(self, options: SandboxOptions | None = None, sender: Sender | None = None) -> None:
        self.options = options or SandboxOptions()
        self.site = Site(self.options)
        self._imported: dict[str, list[Entity]] | None = None
        self.app = App(self.site, all_paths(), self.fill, sender or Sender())

    @contextmanager
    def serve(self, before: Callable[[RunningSite], None] = lambda _site: None) -> Iterator[RunningSite]:
        """Fill the shop and serve it on a loopback port until the block ends.

        `before` is called with the site before the first request is answered.

        Raises:
            OSError: The port is in use.
            StateFileError: The seed or store file cannot be read.
        """
        listener = bind(self.options.host, self.options.port)
        with ExitStack() as stack:
            stack.callback(listener.close)
            if self.options.store is None:
                self.fill()
            else:
                stack.enter_context(self._kept(self.options.store))
            site = RunningSite(url_of(listener), self.app)
            before(site)
            stack.enter_context(serving(self.app, listener))
            yield site

    @contextmanager
    def _kept(self, path: Path) -> Iterator[None]:
        """Read the shop of a file, or create one, and keep it in that file for the length of a `with` block."""
        with closing(SqliteStore(path)) as keeper:
            if keeper.is_new:
                self.fill()
                keeper.begin(self.site)
            else:
                keeper.load(self.site, _filled)
                self.app.webhooks.recall()
                with self.site.store.lock:
                    pass  # the end of each turn looks for subscriptions: those of the file count from the first change
            with keeper.keeping(self.site):
                yield

    def fill(self) -> None:
        """Empty the shop, then fill it as the options say: not at all, from a seed file, or with the generated shop."""
        self.site.clear()
        seed = self.options.seed
        if isinstance(seed, Path):
            self._load(self._state_of(seed))
        elif seed is not None:
            self._load(dict(seed))
        elif self.options.empty:
            found_shop(self.site)
        else:
            fill_once(self.site, self._write_seed_shop)
        self.site.store.settle()

    def _state_of(self, seed: Path) -> dict[str, list[Entity]]:
        """Return the state in a file. A product file is imported once; later resets restore what it made."""
        if seed.suffix.lower() not in SUFFIXES:
            return read_state(seed)
        if self._imported is None:
            options = SandboxOptions(catalog=self.options.catalog, random_seed=self.options.random_seed, empty=True)
            with Sandbox(options).serve() as site:
                import_file(seed, site.config())
                self._imported = site.state()
        return self._imported

    def _write_seed_shop(self) -> None:
        found_shop(self.site)
        fill(self.site, size=self.options.size)

    def _load(self, state: dict[str, list[Entity]]) -> None:
        check_kinds(state)
        check_catalog_of(state, self.options.catalog)
        whole, products = split(state)
        self.site.clear()
        self.site.store.load(whole)
        found_shop(self.site)
        rebuild(self.site)
        for place, product in enumerate(products):
            try:
                make_product(self.site, product)
            except (WixError, KeyError) as error:
                why = error.message if isinstance(error, WixError) else f"it lacks `{error.args[0]}`"
                message = f"the product without an `id` at place {place} cannot be created: {why}"
                raise StateFileError(message) from error


def _filled(options: SandboxOptions) -> Store:
    """Return the store of a site as it is filled at its first start."""
    site = Site(options)
    found_shop(site)
    fill(site, size=options.size)
    return site.store
