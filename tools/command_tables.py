"""The tables of docs/commands.md: the options of every command, from their parsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tap_wix.tap import TapWix
from target_wix.target import TargetWix
from tools.markdown import table
from wix_listen.__main__ import command as wix_listen
from wix_shop.calling.__main__ import command as wix_api
from wix_shop.exporting.__main__ import command as wix_export
from wix_shop.importing.__main__ import wix_import
from wix_shop.undoing.__main__ import wix_undo

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS: dict[str, click.Command] = {
    "tap-wix": TapWix.get_singer_command(),
    "target-wix": TargetWix.get_singer_command(),
    "wix-import": wix_import,
    "wix-undo": wix_undo,
    "wix-export": wix_export,
    "wix-api": wix_api,
    "wix-listen": wix_listen,
}


def command_tables() -> dict[str, str]:
    """Return a table of arguments and options for each command by its name."""
    return {name: _table(command) for name, command in COMMANDS.items()}


def _table(command: click.Command) -> str:
    return table(("Argument or option", "Meaning"), _rows(command, command.name or ""))


def _rows(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a command, then its subcommands with theirs."""
    context = click.Context(command, info_name=name, **command.context_settings)
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            yield f"`{record[0]}`", record[1]
        elif isinstance(parameter, click.Argument):
            yield f"`{parameter.make_metavar(context)}`", "Required." if parameter.required else ""
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            sub = command.get_command(context, each)
            if sub:
                yield f"`{each}`", sub.get_short_help_str(200)
                yield from ((f"`{each}` {option}", text) for option, text in _rows(sub, each) if "--help" not in option)
