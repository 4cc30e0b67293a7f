"""The Singer tap: its command, its settings, and the streams of one site or many."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

import click
import msgspec
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.singerlib import Catalog
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_wix.catalog_file import NO_CATALOG, catalog_of
from tap_wix.extraction import Extraction
from tap_wix.log import show_metrics, without_steps
from tap_wix.moving import MOVED, MOVED_NATIVE, is_of_v1, take_over
from tap_wix.option_checks import check_options
from tap_wix.output import wait
from tap_wix.sdk_seams import SeamStream
from tap_wix.setting_checks import check_combinations, check_stream_maps
from tap_wix.settings import SETTINGS
from tap_wix.site_tap import DISTRIBUTION, USER_AGENT, Shared, SiteTap, is_read
from tap_wix.sites.receipts import SiteRuns
from tap_wix.sites.runner import SitesRun
from tap_wix.sites.settings import ACCOUNT, Site, check_installations, check_sites, chosen, named_sites
from tap_wix.sites.state import SitesState
from tap_wix.state import INSTANCE, SITE, bring_back, of_site, understood
from tap_wix.stream_options import read_options, reading_of
from tap_wix.streams import STORE_STREAM_NAMES, STORE_STREAMS, STREAM_NAMES, STREAMS, CatalogShape
from tap_wix.streams.base import WixStream
from tap_wix.streams.custom import custom_streams
from tap_wix.streams.events import Events
from tap_wix.versions import seconds_of
from wix_api import timestamps
from wix_api.catalog import StoreCatalog
from wix_api.config_file import ENVIRONMENT, overridden, read_configs, refuse_words
from wix_api.errors import SettingsError, SiteNotReadyError
from wix_api.json_file import parse_json
from wix_api.refusals import Refusal
from wix_api.settings import connect_account
from wix_api.settings_check import check_settings
from wix_api.site_list import sites_of_account
from wix_api.standard_streams import write_printed
from wix_events.log import EventLog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from singer_sdk import Stream
    from singer_sdk.plugin_base import _ConfigInput

_EXIT_CODES = (
    "Exit codes: 0 every stream was read, or the run was stopped by a signal or a closed pipe, after a last STATE; 1 a "
    "stream failed, or the run could not start; 2 wrong usage; 129, 130, 143 a signal stopped --discover, --test or "
    "--list-sites."
)
_FILES = ("state", "catalog")
_PAUSE_SECONDS = 0.5
"""Time between two looks at the event log."""


class TapWix(SiteTap):
    """Extracts the records of Wix sites: contacts, products, orders and more."""

    name = "tap-wix"
    package_name = DISTRIBUTION
    dynamic_catalog = True  # the site's store catalog decides the streams, so settings must be right for discovery
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": dict(SETTINGS)}
    capabilities: ClassVar[list[Any]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    latest: ClassVar[TapWix | SitesRun | None] = None
    """The run that began last: the SDK creates the tap of a command and does not return it."""

    def __init__(
        self,
        *,
        catalog: dict[str, Any] | Catalog | None = None,
        state: dict[str, Any] | None = None,
        shared: Shared | None = None,
        **kwargs: Any,
    ) -> None:
        self.shared = shared
        self._extractions: dict[str, Extraction] = {}
        """The last read of each stream."""
        if not (catalog is None or isinstance(catalog, Catalog)):
            catalog = catalog_of(catalog)
        if state is not None:
            understood(state)  # the SDK accepts `[]` as an empty state
        self.logger.addFilter(without_steps)
        super().__init__(catalog=catalog, state=state, **kwargs)
        show_metrics(shown=bool(self.config.get("log_metrics")))
        if shared is None:
            TapWix.latest = self

    def end(self) -> None:
        """Write whole lines and the STATE that covers them, while another thread reads and writes; it is cut off.

        Raises:
            OSError: Standard output cannot be written.
        """
        self.message_writer.end(self.state)

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> _ConfigInput:
        # The SDK's own errors name neither the file nor the mistake in it.
        whether_env = tuple(each for each in value if each == ENVIRONMENT)
        config = read_configs(value)
        return replace(
            super().cb_config(ctx, param, whether_env),
            config=overridden(config, cls.environment()) if whether_env else config,
        )

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        command.context_settings.update(help_option_names=["-h", "--help"], allow_extra_args=True)
        command.epilog = _EXIT_CODES
        follow = "Keep running: write rows as soon as the event log says that they changed. Needs `event_log`."
        command.params.append(click.Option(["--follow"], is_flag=True, help=follow))
        for option in command.params:
            if option.name in _FILES:
                # click would decode them with the encoding of the terminal, and leave them open with --discover.
                option.type = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
        command.params.append(
            click.Option(["--site"], multiple=True, help="ID of a site of the setting `sites` to read; repeatable.")
        )
        listing = "Print the sites of the setting `sites` as JSON (`site_id` and `name` of each), and exit."
        command.params.append(click.Option(["--list-sites"], is_flag=True, help=listing))
        return command

    @classmethod
    @override
    def invoke(  # type: ignore[override] # as the SDK's own Tap does
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: str | None = None,
        catalog: str | None = None,
        follow: bool = False,
        site: tuple[str, ...] = (),
        list_sites: bool = False,
    ) -> None:
        refuse_words("Name a file of settings with --config.")
        if about:
            write_printed(lambda: cls.print_about(about_format))
            return
        cls.print_version(print_fn=cls.logger.info)
        settings = cls._settings_of(config)
        if site:
            settings["only_sites"] = list(site)
        if list_sites:
            cls._list_sites(settings)
            return
        # The SDK's own errors name neither the file nor the mistake in it.
        saved = None if state is None else cls._saved(state)
        selection = None if catalog is None else parse_json(_content(catalog), f"--catalog {catalog}")
        if settings.get("sites") is not None:
            if follow:
                msg = "`--follow` reads one site, so it cannot be used with `sites`."
                raise SettingsError(msg)
            cls(config=settings, catalog=selection).read_sites(saved or b"{}")
            return
        started = None if saved is None else parse_json(saved, f"--state {state}")
        tap = cls(config=settings, catalog=selection, state=started)
        if not any(is_read(stream) for stream in tap.streams.values()):
            cls.logger.warning(
                "No stream is selected, so nothing is read. Select streams in the file of --catalog; in Meltano, with "
                "`select`. Streams that `stream_maps` removes count as not selected."
            )
        if follow:
            tap.follow()
        else:
            tap.sync_all()

    @classmethod
    def _saved(cls, state: str) -> bytes | None:
        """Read a state; None if the file is empty, as it is after `tail -1` of a run that wrote no STATE."""
        saved = _content(state)
        first, *others = saved.strip().splitlines() or [b""]
        if others and first.startswith(b"{") and first.endswith(b"}"):
            msg = f"--state {state} has several lines. Keep only the last one, for example with `tail -1`."
            raise SettingsError(msg)
        if first.startswith(b"{") and not saved.rstrip().endswith(b"}"):
            try:
                parse_json(saved, f"--state {state}")
            except SettingsError as error:
                msg = (
                    f"{error} The file seems cut off, as after a kill of the loader: pass the STATE that the loader "
                    "printed before it, or run without --state to begin at the first row."
                )
                raise SettingsError(msg) from None
        if first:
            return saved
        cls.logger.warning("The file of --state is empty, so the run begins without a state.")
        return None

    @classmethod
    def _list_sites(cls, settings: dict[str, Any]) -> None:
        """Print the sites of the settings, without the settings of each, which may have secrets."""
        if settings.get("sites") is None:
            msg = "`--list-sites` needs the setting `sites`."
            raise SettingsError(msg)
        sites = cls(config=settings).sites()
        click.echo(msgspec.json.encode([{"site_id": site.id, "name": site.name} for site in sites]))

    @classmethod
    def _settings_of(cls, config: _ConfigInput | None) -> dict[str, Any]:
        """Return the settings of files and, if they are asked for, of the environment, which override them."""
        given: dict[str, Any] = dict(config.config) if config and isinstance(config.config, dict) else {}
        return overridden(given, cls.environment()) if config and config.parse_env else given

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        known = [each.value for each in CliTestOptionValue]
        if value not in known:
            msg = f"Invalid value for '--test': {value!r} is not one of {', '.join(known)}."
            raise click.UsageError(msg)
        given: _ConfigInput | None = ctx.params.get("config")
        settings = cls._settings_of(given)
        if given is not None and settings.get("sites") is not None and value == CliTestOptionValue.All.value:
            tap = cls(config=settings)
            first = tap.sites()[0]
            ctx.params["config"] = replace(given, config=first.config(tap.config), parse_env=False)
        super().cb_test(ctx, param, value)

    def sites(self) -> list[Site]:
        """Return the sites of the setting `sites` that this run is to read.

        Raises:
            SettingsError: The setting is wrong, or selects no site.
            WixError: Wix does not list the sites of the account.
        """
        given = self.config["sites"]
        properties = self.config_jsonschema["properties"]
        found = self._sites_of_account() if given == ACCOUNT else named_sites(given, properties)
        sites = chosen(found, self.config)
        only = {site_id.lower() for site_id in self.config.get("only_sites") or ()}
        if only:
            if unknown := sorted(only - {site.id for site in sites}):
                msg = f"The site {unknown[0]} of `--site` (`only_sites`) is not among the sites of this configuration."
                raise SettingsError(msg)
            sites = [site for site in sites if site.id in only]
        if not sites:
            msg = "No site is left: all are excluded. Change `sites_include` or `sites_exclude`."
            raise SettingsError(msg)
        check_installations(sites, self.config)
        return sites

    def _sites_of_account(self) -> list[Site]:
        listed = sites_of_account(connect_account(self.config, user_agent=USER_AGENT))
        for narrowed in listed.unsplit:
            self.logger.warning(
                "The account has more sites than Wix lists, of those with %s. Name the others in a file.", narrowed
            )
        if listed.missing:
            self.logger.warning(
                "Wix counts %d sites of the account and listed %d. Name the others in a file.",
                listed.count,
                listed.seen,
            )
        if not listed.sites:
            msg = "Wix lists no sites for this API key. Check `account_id` and the permissions of the key."
            raise SettingsError(msg)
        return [
            Site(site_id, str(row.get("displayName") or row.get("name") or "")) for site_id, row in listed.sites.items()
        ]

    def read_sites(self, saved: bytes) -> None:
        """Read the sites of the setting `sites`. `saved` is the state, as JSON.

        Raises:
            SettingsError: The setting or the state is wrong.
            SystemExit: More sites failed than `fail_above` allows.
        """
        sites = self.sites()
        ids = {site.id for site in sites}
        state = SitesState.read(saved, self.config.get("site_id"), ids)
        if self.config.get("forget_absent_sites") and not self.config.get("only_sites"):
            for absent in state.forget_all_but(ids):
                self.logger.info("Site %s is no longer among `sites`; the state forgets it.", absent)
        if url := self.config.get("event_log"):
            with closing(EventLog(url)) as log:
                self.warn_if_unused(log)
        site_runs = self.streams[SiteRuns.name]
        assert isinstance(site_runs, SiteRuns)

        run = SitesRun(
            sites,
            config=self.config,
            state=state,
            writer=self.message_writer,
            site_runs=site_runs,
            make=partial(type(self), catalog=self.input_catalog),
            logger=self.logger,
        )
        TapWix.latest = run
        run.run()

    def follow(self, pause: Callable[[float], None] = wait, clock: Callable[[], float] = time.monotonic) -> None:
        """Read all streams as `sync_all` does, and then write what events say, without an end.

        `pause` waits some seconds, or ends the command.

        Raises:
            SettingsError: There is no event log.
        """
        if self.event_log is None:
            msg = "`--follow` needs the setting `event_log`: the database of wix-listen."
            raise SettingsError(msg)
        while True:
            self.run.begin()
            self.sync_all()
            end = clock() + seconds_of(self.config["poll_every"])
            while clock() < end:
                pause(_PAUSE_SECONDS)
                for stream in tuple(self.streams.values()):
                    if isinstance(stream, SeamStream) and is_read(stream):
                        stream.follow()
                self.run.check()
            self.forget_events(self.event_log)
            self.client.start_again()

    @override
    def extract(self, stream: SeamStream) -> None:
        current = self.streams[stream.name]
        if current is not stream:  # Wix moved the site to V3 while an earlier stream was read
            current.sync()
            return
        assert isinstance(stream, WixStream)
        extraction = self._extractions[stream.name] = Extraction(stream)
        if extraction.run():
            self._sync_moved(stream.name)
        else:
            self.stream_ended(stream.name)

    @override
    def extract_changed(self, stream: SeamStream) -> None:
        extraction = self._extractions.get(stream.name)
        if extraction is None:
            return
        if extraction.follow():
            self._sync_moved(stream.name)
        elif extraction.is_due:
            self.client.start_again()
            stream.sync()

    @override
    def discover_streams(self) -> Sequence[SeamStream]:
        shape = CatalogShape(self.config["catalog_shape"])
        store_streams = STORE_STREAMS[self.client.store_catalog][shape]
        if not store_streams:
            self._refuse_absent_store()
        streams = [stream(self, self.client) for stream in (*STREAMS, *store_streams, *self._custom_streams)]
        found = [*self.with_options(streams), *self._event_streams()]
        if self.reads_many:
            found.append(SiteRuns(self))
        self._warn_of_unknown({stream.name for stream in found})
        return found

    def _event_streams(self) -> list[SeamStream]:
        """Return the stream of the event log, if the settings name one. A run of many sites has none."""
        is_of_many = self.reads_many or self.shared is not None
        if self.config.get("event_log") and not is_of_many:
            return [Events(self)]
        if self.is_selected_by_catalog(Events.name):
            remedy = (
                "read it in a run without `sites`" if is_of_many else "set `event_log` to the database of wix-listen"
            )
            msg = f"The catalog selects `events`: {remedy}, or deselect this stream."
            raise SettingsError(msg)
        return []

    @cached_property
    def _custom_streams(self) -> list[type[WixStream]]:
        return custom_streams(
            self.config,
            self.client,
            catalog=self.input_catalog,
            taken={*STREAM_NAMES, *STORE_STREAM_NAMES, Events.name, SiteRuns.name},
            logger=self.logger,
        )

    def with_options(self, streams: Sequence[WixStream]) -> Sequence[WixStream]:
        """Pass `stream_options` to the streams.

        Raises:
            SettingsError: A stream or option that does not exist here.
        """
        options = read_options(self.config)
        check_options(options, streams)
        for stream in streams:
            stream.options = options.get(reading_of(type(stream)), stream.options)
        return streams

    @override
    def setup_mapper(self) -> None:
        try:
            if self.input_catalog and self._is_native and self.client.store_catalog is StoreCatalog.V3:
                streams = STORE_STREAMS[StoreCatalog.V3][CatalogShape.NATIVE]
                take_over(self.input_catalog, [stream(self, self.client) for stream in streams])
            super().setup_mapper()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if self.input_catalog is None:
                raise
            raise SettingsError(NO_CATALOG) from error

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        # The SDK orders streams by name. A target needs products before their stock, and collections before products.
        custom = (str(stream.name) for stream in self._custom_streams)  # type: ignore[misc] # as below
        # Events come last: a gap in them matters for streams that were not read in full since.
        names = [*STREAM_NAMES, *custom, Events.name, SiteRuns.name]
        return dict(sorted(super().streams.items(), key=lambda named: names.index(named[0])))

    def _refuse_absent_store(self) -> None:
        """Raise if the catalog selects streams that the site cannot have; otherwise these streams are left out."""
        selected = sorted(self.selected_by_catalog() & set(STORE_STREAM_NAMES))
        if selected and self.shared is None:  # the catalog is not for this site alone
            msg = (
                f"The site has no Wix Stores, so it has no {', '.join(f'`{name}`' for name in selected)}. "
                "Install Wix Stores on the site, or deselect these streams."
            )
            raise SiteNotReadyError(msg)
        self.logger.info(
            "The site has no Wix Stores, so these streams are left out: %s.", ", ".join(sorted(STORE_STREAM_NAMES))
        )

    def _warn_of_unknown(self, known: set[str]) -> None:
        if self.shared is None and (unknown := sorted(self.selected_by_catalog() - known)):
            self.logger.warning(
                "The catalog selects streams that the site lacks; they are left out: %s. Write a new catalog with "
                "--discover.",
                ", ".join(unknown),
            )

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        state = understood(of_site(state, self._own(SITE), self._own(INSTANCE)))
        if state:
            bring_back(state, self.client.started)
        if is_of_v1(state) and self.client.store_catalog is StoreCatalog.V3:
            self._warn_of_move()
        super().load_state(state)

    def _warn_of_move(self) -> None:
        self.logger.warning(MOVED_NATIVE if self._is_native else MOVED)

    @property
    def _is_native(self) -> bool:
        return bool(self.config.get("catalog_shape") == CatalogShape.NATIVE.value)

    @override
    def has_moved(self, error: Exception | None = None) -> bool:
        is_refused = isinstance(error, SiteNotReadyError) and error.refusal is Refusal.OTHER_CATALOG
        if not (error is None or is_refused) or not self.client.has_moved_to_v3():
            return False
        self.make_streams_anew()
        self._warn_of_move()
        return True

    def _sync_moved(self, stream: str) -> None:
        """Read a stream of the store from catalog V3, and before it those that this run read from V1."""
        for each in self.streams.values():
            if each.name == stream or (each.name in STORE_STREAM_NAMES and self.run.has_ended(each.name)):
                each.sync()

    @override
    def run_discovery(self) -> str:
        catalog = self.catalog_json_text
        self.message_writer.write_lines(catalog.encode() + b"\n")
        self.message_writer.flush()
        return catalog

    @override
    def check_config(self, config: dict[str, Any]) -> dict[str, Any]:
        config = {**_defaults(self.config_jsonschema), **config}
        check_settings(config, self.config_jsonschema, self.name)
        # Requests have no blanks around IDs, so the change log and events must not expect them either.
        config |= {name: str(config[name]).strip() for name in ("site_id", "instance_id") if config.get(name)}
        if config.get("site_id"):
            config["site_id"] = config["site_id"].lower()
        check_sites(config)
        check_combinations(config)
        check_stream_maps(config)
        if start_date := config.get("start_date"):
            self._check_start_date(start_date)
        return config

    def _check_start_date(self, date: str) -> None:
        try:
            is_future = timestamps.normalise(date) > timestamps.render_seconds(time.time())
        except ValueError:
            msg = "Setting `start_date` is not a date. Write it like 2024-01-01T00:00:00Z."
            raise SettingsError(msg) from None
        if is_future and self.shared is None:  # otherwise, each of `sites` would repeat the warning
            self.logger.warning(
                "Setting `start_date` is in the future (%s): incremental streams have no rows until then.", date
            )


def _content(path: str) -> bytes:
    """Return the content of the file of an option; `-` is standard input."""
    with click.open_file(path, "rb") as file:
        content: bytes = file.read()
    return content


def _defaults(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: rule["default"] for name, rule in schema["properties"].items() if "default" in rule}
