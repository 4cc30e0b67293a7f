"""The command `wix-export`: options, messages and exit codes."""

from __future__ import annotations

import logging
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from tap_wix.interrupts import Interrupts, StoppedError, leave
from tap_wix.site_tap import DISTRIBUTION
from tap_wix.sites.settings import SITES_PROPERTIES
from tap_wix.tap import TapWix
from target_wix.settings import is_same_file
from wix_api.config_file import read_configs, with_environment
from wix_api.errors import SettingsError, SiteNotReadyError, WixError
from wix_api.progress import counted
from wix_api.standard_streams import exit_code, set_up_streams
from wix_files.recognition import FORMATS
from wix_shop.exporting.destination import refuse_to_overwrite, standard_output, whole_file
from wix_shop.exporting.export import export
from wix_shop.exporting.shop import Shop
from wix_shop.exporting.sources import SOURCES
from wix_shop.exporting.watching import Watch
from wix_shop.settings import refuse_many_sites, settings_of_tap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_files.product_format import ProductFormat
    from wix_shop.exporting.export import Account

logger = logging.getLogger("wix-export")

_PRODUCTS = "products"
_OF_RECORDS = ("stream_map", "flattening_", "faker_")
"""Prefixes of settings that change the records of a tap, and are ignored for files, as are those of many sites."""


@click.command(
    epilog="Exit codes: 0 every product is in the file; 1 some are left out, or there is no file; 2 wrong usage; 129, "
    "130, 143 stopped by a signal.",
    context_settings={"help_option_names": ["-h", "--help"], "allow_extra_args": True},
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(sorted(FORMATS)),
    help="Format of the file. Default: the format of the site's store catalog, wix-v3 or wix-v1.",
)
@click.option(
    "--config",
    "configs",
    metavar="FILE",
    multiple=True,
    help="A config file of tap-wix; repeatable, later ones win. Settings of target-wix are ignored. Other settings "
    "come from TAP_WIX_… variables and from .env.",
)
@click.option(
    "-o",
    "--output",
    "output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="File to write. Without it, or with -, standard output.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@click.version_option(metadata.version(DISTRIBUTION), prog_name="wix-export")
@click.pass_obj
def command(
    interrupts: Interrupts, format_name: str | None, configs: tuple[str, ...], output: Path | None, *, force: bool
) -> int:
    """Write the products of a Wix site to a product file, for spreadsheets and for wix-import.

    The file is CSV in UTF-8, oldest product first. Products that the format cannot represent are left out and logged.
    """
    if extra := click.get_current_context().args:
        msg = f"`{extra[0]}` is not an option. Name the file to write with -o, such as `-o products.csv`."
        raise click.UsageError(msg)
    path = None if output in {None, Path("-")} else output
    if path is not None:
        if any(is_same_file(str(path), config) for config in configs):
            msg = f"{path} is the config file itself. Name another file."
            raise SettingsError(msg)
        refuse_to_overwrite(path, force=force)
    tap = interrupts.run(lambda: TapWix(config=_settings(configs), setup_mapper=False))
    source = SOURCES.get(tap.client.store_catalog)
    if source is None:
        msg = "The site has no Wix Stores, so it has no products. Install Wix Stores on the site."
        raise SiteNotReadyError(msg)
    product_format = FORMATS[format_name or source.file_format]
    watch = Watch(tap.client, logger)
    place = standard_output() if path is None else whole_file(path, force=force)
    with place as file, watch:
        account, notes = interrupts.run(
            lambda: _export(Shop(tap, source, product_format.collection_member, watch.saw), product_format, file)
        )
    for note in notes:
        logger.warning("%s", note)
    receipt = watch.receipt(_PRODUCTS, account.written)
    where = "" if path is None else f" to {path}"
    cost = f"{counted(receipt.spent.requests, 'request')}, {receipt.seconds:.0f} s"
    logger.info("%s%s as %s; %s.", account, where, product_format.name, cost)
    return 1 if account.left_out else 0


def _export(shop: Shop, product_format: ProductFormat, file: IO[str]) -> tuple[Account, list[str]]:
    """Write a file; return its account, and notes for the user."""
    with closing(shop):
        account = export(shop, product_format, file, logger.warning)
        return account, [*shop.notes(), *account.notes()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments (default: those of the process) and return the exit code.

    0: every product is in the file; 1: some are left out, or there is no file; 2: wrong usage; 128 + signal: stopped.
    """
    with Interrupts(ends_process=arguments is None) as interrupts:
        _log_sentences()
        return _exit_code(arguments, interrupts)


def _log_sentences() -> None:
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(logging.Formatter("wix-export: %(message)s"))
    logging.root.addHandler(console)
    logging.root.setLevel(logging.INFO)
    for noisy in ("tap-wix", "singer_sdk"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _exit_code(arguments: Sequence[str] | None, interrupts: Interrupts) -> int:
    try:
        return exit_code(lambda: command.main(arguments, obj=interrupts, standalone_mode=False))
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except StoppedError as stopped:
        logger.error("%s The output is incomplete; with -o, no file was written.", stopped)  # noqa: TRY400 - the message is complete
        leave(128 + stopped.signum)
    except (WixError, OSError) as error:
        logger.error("%s", error)  # noqa: TRY400 - as above
    return 1


def _settings(configs: tuple[str, ...]) -> dict[str, Any]:
    """Return the tap's settings in files and in the environment.

    Raises:
        SettingsError: A file cannot be read, or has no settings.
    """
    given = settings_of_tap(read_configs(configs))
    settings = {**with_environment(configs, given, TapWix.environment()), "catalog_shape": "unified"}
    refuse_many_sites(settings, "TAP_WIX")
    settings = {
        name: value
        for name, value in settings.items()
        if name not in SITES_PROPERTIES and not name.startswith(_OF_RECORDS)
    }
    # Options of other streams could leave out collections and stock that products need.
    options = settings.get("stream_options") or {}
    if not isinstance(options, dict):
        return settings  # the tap reports the invalid value
    settings.pop("stream_options", None)
    return settings | ({"stream_options": {_PRODUCTS: options[_PRODUCTS]}} if _PRODUCTS in options else {})


def run() -> None:
    """Run the command as a process."""
    set_up_streams()
    sys.exit(main())


if __name__ == "__main__":
    run()
