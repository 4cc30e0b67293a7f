"""The command `wix-import`."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from target_wix.change import Command
from target_wix.errors import StoppedError
from target_wix.process import run_process
from target_wix.settings import check_outputs
from target_wix.stopping import StopSign
from wix_files.recognition import FORMATS, READABLE
from wix_files.sources import Source
from wix_files.templates import write_template
from wix_shop.importing import console
from wix_shop.importing.google_sheets import fetch, is_link
from wix_shop.importing.importer import NOTHING_WRITTEN, Importer, ProductFile, answer_signal
from wix_shop.settings import settings_of_target, undo_command, with_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_wix.target import GivenConfig

_STANDARD_INPUT = "-"
_STEP = 1 << 16
"""Most bytes of one read of a pipe."""
_PLAIN = ", ".join(name for name in FORMATS["plain"].columns if not name[-1].isdigit())
_EPILOG = (
    f"Plain columns, all optional except one that identifies the product: {_PLAIN}, option1 to option6 and choice1 to "
    "choice6. Settings come from TARGET_WIX_… variables, from .env, or from --config.\n\n"
    "Exit codes: 0 every product of the file is in the shop, or you declined the plan; 1 some rows are rejected, or an "
    "error; 2 wrong usage; 129, 130, 143 stopped by a signal."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments (default: those of the process) and return the exit code.

    Exit codes: 0 everything was written, 1 an error (logged), 2 wrong usage, 128 + signal number if a signal stopped
    it.
    """
    return console.run_command(wix_import, arguments)


def run() -> None:
    """Run the command as a process."""
    run_process(main)


@click.command("wix-import", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@console.CONFIG
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--yes", "-y", is_flag=True, help="Write at once, without showing the plan and asking.")
@click.option(
    "--command",
    type=click.Choice([each.value for each in Command]),
    help="What to do with each product. Default: upsert.",
)
@click.option("--match-on", multiple=True, metavar="KEY", help="Match products by this key: sku, slug, handle, id.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice([*READABLE]),
    help="Read the files in this format instead of recognizing their columns.",
)
@click.option(
    "--decimal",
    type=click.Choice([",", "."]),
    help="Decimal sign in the files: 12,50 or 12.50. The other sign separates thousands. Default: detected from their "
    "numbers.",
)
@click.option(
    "--template",
    type=click.Choice([*FORMATS]),
    is_eager=True,
    expose_value=False,
    callback=lambda context, _option, name: _write_template(context, name),
    help="Write <FORMAT>-template.csv, an example file with comments, and import nothing.",
)
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook, if several have cells.")
@click.option(
    "--map",
    "renamed",
    multiple=True,
    metavar="HEADER=COLUMN",
    callback=lambda _context, _option, given: _renamed(given),
    help='Read a column of the file as another one: --map "Selling price=price". Without COLUMN, ignore it; '
    '--map "*=" ignores all columns that the format lacks.',
)
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Folder of pictures that the files name by paths; they are uploaded. Default: the folder of the file.",
)
@click.option(
    "--create-collections/--no-create-collections",
    default=None,
    help="Create collections that a file names and the shop lacks, or leave them out. Default: create.",
)
@click.option(
    "--hide-unlisted",
    is_flag=True,
    help="Catalog V1: hide combinations of choices that a file does not list. Without it, Wix sells them.",
)
@click.option(
    "--max-deletes",
    metavar="LIMIT",
    help="Maximum number of products to delete: a number, a share such as 25%, or off. With more, nothing is deleted.",
)
@click.option("--report", type=click.Path(dir_okay=False), help="Write the plan, or the result, as an HTML page.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False),
    help="Results file. Default: <FILE>.results.jsonl in the current folder.",
)
@click.option(
    "--undo",
    type=click.Path(dir_okay=False),
    help='File with which `wix-undo` undoes the import. Default: <FILE>.undo.jsonl next to the results file. "" to '
    "keep none.",
)
@click.version_option(version("tap-target-wix"))
def wix_import(  # noqa: PLR0913 - the options of the command
    files: tuple[str, ...],
    *,
    config: GivenConfig,
    dry_run: bool,
    yes: bool,
    sheet: str | None,
    renamed: dict[str, str],
    images: Path | None,
    **options: Any,
) -> int:
    """Import product files of Wix, Shopify, WooCommerce, Squarespace, feeds or plain columns (CSV, .xlsx, .ods).

    \b
    wix-import --config config.json products.csv            show the plan, ask, write
    wix-import --config config.json --dry-run products.csv  only show the plan
    wix-import --config config.json --yes products.csv      write at once
    wix-undo --config config.json products.undo.jsonl       undo an import

    Shows what would change and asks before it writes. A second import of the same file changes nothing. `-` reads
    standard input, and the link of a sheet of Google Sheets reads that sheet.
    """  # noqa: D301 - for click, the character keeps the lines
    given = settings_of_target(config)
    settings = _with_options(given, dry_run=dry_run, **options)
    asks = not yes and not settings.get("dry_run")
    is_lacking = any(name != _STANDARD_INPUT and not (is_link(name) or Path(name).exists()) for name in files)
    if asks and not is_lacking and not (sys.stdin.isatty() and _STANDARD_INPUT not in files):
        msg = "There is no terminal to ask before writing. Use --yes to write at once, or --dry-run to see the plan."
        raise click.UsageError(msg)
    if files.count(_STANDARD_INPUT) > 1:
        msg = "`-` is named twice, and standard input can be read only once."
        raise click.UsageError(msg)
    with ExitStack() as stack, with_options(given, settings):
        stop = StopSign(answer_signal)
        paths = [_path(name, stack, stop) for name in files]
        found = [
            ProductFile(
                "standard-input" if name == _STANDARD_INPUT else click.format_filename(name),
                Source(path, sheet, renamed, images or (path.parent if path == Path(name) else None)),
                stem,
            )
            for name, path, stem in zip(files, paths, _stems(files), strict=True)
        ]
        for path in paths:
            check_outputs(settings, [("the product file", path), *config.files])
        return Importer(settings, asks, options["decimal"], undo_command(config, settings), stop).run(found)


def _with_options(given: Mapping[str, Any], *, dry_run: bool, **options: Any) -> dict[str, Any]:
    """Return settings with those that options set."""
    by_option = {
        "dry_run": dry_run or None,
        "product_format": options["file_format"],
        "report_path": options["report"],
        "results_path": options["results"],
        "max_deletes": options["max_deletes"],
    }
    settings = {**given, **{name: value for name, value in by_option.items() if value}}
    if options["undo"] is not None:
        settings["undo_path"] = options["undo"]
    streams = settings.get("stream_options") or {}
    chosen = {
        "command": options["command"],
        "match_on": [key.strip() for keys in options["match_on"] for key in keys.split(",")],
    }
    products = {**(streams.get("products") or {}), **{name: value for name, value in chosen.items() if value}}
    if options["hide_unlisted"]:
        products["unlisted_variants"] = "hide"
    makes = options["create_collections"]
    if makes is not None:
        products["create_missing_collections"] = makes
    products.setdefault("create_missing_collections", True)
    return {**settings, "stream_options": {**streams, "products": products}}


def _write_template(context: click.Context, name: str | None) -> None:
    if not name:
        return
    path = Path(f"{name}-template.csv")
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            write_template(file, FORMATS[name])
    except FileExistsError:
        msg = f"{path} exists already. Move or delete it first."
        raise click.UsageError(msg) from None
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}."
        raise click.UsageError(msg) from None
    console.say(f"{path} written.")
    context.exit()


def _renamed(given: Sequence[str]) -> dict[str, str]:
    """Parse HEADER=COLUMN; the header may contain further equals signs."""
    found: dict[str, str] = {}
    for text in given:
        header, _, column = text.rpartition("=")
        if not header.strip():
            msg = f'expected HEADER=COLUMN, such as "Selling price=price", found "{text}"'
            raise click.BadParameter(msg)
        if found.setdefault(header, column) != column:
            msg = f'"{header}" is mapped to "{found[header]}" and to "{column}". A column of the file is read once.'
            raise click.BadParameter(msg)
    return found


def _stems(names: Sequence[str]) -> list[str]:
    """Return the beginnings of the names of outputs, each once: folders and endings are left out if possible.

    Bytes of a name that are not UTF-8 are replaced: settings are texts.
    """
    found: list[str] = []
    for name in names:
        stem = "google-sheet" if is_link(name) else click.format_filename(Path(name).stem)
        stem = "standard-input" if name == _STANDARD_INPUT else stem
        listed = (stem, *(f"{stem}-{number}" for number in range(2, len(names) + 1)))
        found.append(next(one for one in listed if one not in found))
    return found


def _path(name: str, stack: ExitStack, stop: StopSign) -> Path:
    path = Path(name)
    is_sheet = is_link(name)
    if not (name == _STANDARD_INPUT or is_sheet or path.is_fifo()):
        return path
    # A pipe is copied, since the file is read twice: for an inspection, and for the import.
    if is_sheet:
        copy = _place(stack, stop)
        fetch(name, copy)
        return copy
    opened: Any = nullcontext(sys.stdin.buffer) if name == _STANDARD_INPUT else path.open("rb")
    with opened as pipe:
        copy = _place(stack, stop)
        with copy.open("wb") as file:
            try:
                while stop.wait_for(pipe) and (part := pipe.read1(_STEP)):
                    file.write(part)
            except StoppedError as error:
                raise StoppedError(error.signal, NOTHING_WRITTEN) from None
    return copy


def _place(stack: ExitStack, stop: StopSign) -> Path:
    """Return the path of a copy that is removed at the end, also if a signal comes."""
    stop.handle_signals()
    return Path(stack.enter_context(tempfile.TemporaryDirectory())) / "products.csv"


if __name__ == "__main__":
    run()
