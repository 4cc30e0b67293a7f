"""The command `wix-undo`."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from target_wix.process import run_process
from target_wix.settings import check_outputs
from target_wix.undo_log import SUFFIX
from wix_shop.importing import console
from wix_shop.settings import settings_of_target, undo_command, with_options
from wix_shop.undoing.undoer import Undoer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_wix.target import GivenConfig

_EPILOG = (
    "Settings come from TARGET_WIX_… variables, from .env, or from --config.\n\n"
    "Exit codes: 0 everything is undone or listed as changed since, or you declined the plan; 1 something is "
    "refused, or an error; 2 wrong usage; 129, 130, 143 stopped by a signal."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments (default: those of the process) and return the exit code.

    Exit codes: 0 everything that nobody changed since is back, 1 an error (logged), 2 wrong usage, 128 + signal number
    if a signal stopped it.
    """
    return console.run_command(wix_undo, arguments)


def run() -> None:
    """Run the command as a process."""
    run_process(main)


@click.command("wix-undo", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@console.CONFIG
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--yes", "-y", is_flag=True, help="Write at once, without showing the plan and asking.")
@click.option("--report", type=click.Path(dir_okay=False), help="Write the plan, or the result, as an HTML page.")
@click.option(
    "--results",
    type=click.Path(dir_okay=False),
    help="Results file. Default: <FILE>.results.jsonl in the folder of FILE.",
)
@click.option(
    "--undo",
    type=click.Path(dir_okay=False),
    help='File with which this undo can be undone. Default: <FILE>.undo.jsonl in the folder of FILE. "" to keep none.',
)
@click.version_option(version("tap-target-wix"))
def wix_undo(file: Path, *, config: GivenConfig, dry_run: bool, yes: bool, **options: Any) -> int:
    """Undo what an import, or a run of target-wix with `undo_path`, wrote to a site.

    \b
    wix-undo --config config.json products.undo.jsonl            show the plan, ask, write
    wix-undo --config config.json --dry-run products.undo.jsonl  only show the plan
    wix-undo --config config.json --yes products.undo.jsonl      write at once

    Restores what the run changed, recreates what it deleted, and deletes what it created. What somebody changed since
    is left alone and listed. Deleted contacts are never recreated. If the command is stopped or killed, run it again.
    """  # noqa: D301 - for click, the character keeps the lines
    # After a run with `by_site`, a variable names the site of the file; the file of another site is refused.
    by_site = bool(config.config.get("by_site"))
    given = settings_of_target(replace(config, parse_env=config.parse_env or by_site))
    name = str(file.with_name(file.name.removesuffix(".jsonl")))
    by_option = {"dry_run": dry_run or None, "report_path": options["report"]}
    settings = {**given, **{name: value for name, value in by_option.items() if value}}
    settings["results_path"] = options["results"] or f"{name}.results.jsonl"
    settings["undo_path"] = f"{name}{SUFFIX}" if options["undo"] is None else options["undo"]
    asks = not yes and not settings.get("dry_run")
    if asks and not sys.stdin.isatty() and file.exists():
        msg = "There is no terminal to ask before writing. Use --yes to write at once, or --dry-run to see the plan."
        raise click.UsageError(msg)
    with with_options(given, settings):
        check_outputs(settings, [("the undo file", file), *config.files])
        return Undoer(settings, asks, undo_command(config, settings)).run(file)


if __name__ == "__main__":
    run()
