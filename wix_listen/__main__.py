"""The command `wix-listen`: receives events of Wix, and manages the automations that send them without an app."""

from __future__ import annotations

import json
import logging
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

import click

from wix_api.errors import RejectionError, SettingsError, SiteNotReadyError, WixError
from wix_api.redaction import without_secrets
from wix_api.settings import connect
from wix_api.standard_streams import exit_code, set_up_streams
from wix_listen.automations import Subscriptions
from wix_listen.settings import SETTINGS, VARIABLES, read_settings
from wix_listen.triggers import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_api.client import WixClient

logger = logging.getLogger("wix-listen")

DISTRIBUTION = "tap-target-wix"
_NO_SERVER = "wix-listen needs further packages. Install them with `pip install 'tap-target-wix[events]'`."
_UNGUARDED = (
    "Set `hint_secret` to a random text, for example the output of "
    "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`. wix-listen needs the same text."
)
_NO_URL = "Set `public_url` to the URL at which Wix reaches wix-listen, as in https://hooks.example.com."
_CONFIG_HELP = "A JSON file with settings; repeatable, later ones win."
_EPILOG = f"""\b
Examples:
  wix-listen --config listen.json
  wix-listen --config listen.json subscribe order-placed contact-created
  wix-listen --config listen.json unsubscribe --all

\b
Exit codes: 0 stopped by a signal, or done; 1 a setting is wrong, the
database cannot be opened, the port is taken, or Wix refused something; 2 wrong usage.

Settings come from config files and from {VARIABLES}… variables and .env."""


@click.group(
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--config", "files", metavar="FILE", multiple=True, help=_CONFIG_HELP)
@click.option("--about", is_flag=True, help="List the settings and exit.")
@click.version_option(metadata.version(DISTRIBUTION), prog_name="wix-listen")
@click.pass_context
def command(context: click.Context, files: tuple[str, ...], *, about: bool) -> None:
    """Receive webhooks of Wix and store them in the event log, until a signal.

    The subcommands manage automations, which send events of sites without an app.
    """
    if about:
        for name, rule in SETTINGS.items():
            default = " Default: {}.".format(json.dumps(rule["default"]).strip('"')) if "default" in rule else ""
            click.echo(f"{name}: {rule['description']}{default}")
        context.exit()
    context.obj = read_settings(files)
    if context.invoked_subcommand is None:
        try:
            from wix_listen.server import listen  # noqa: PLC0415 - an optional extra
        except ImportError as error:
            if (error.name or "").startswith("wix_"):
                raise
            raise SettingsError(_NO_SERVER) from None
        context.exit(listen(context.obj))


def _add_settings(context: click.Context, _option: click.Parameter, files: tuple[str, ...]) -> None:
    if files and context.parent:
        context.obj = read_settings((*context.parent.params["files"], *files))


_NAMES = click.argument("triggers", metavar="TRIGGER...", nargs=-1, type=click.Choice(list(TRIGGERS)))
_CONFIG = click.option(
    "--config", metavar="FILE", multiple=True, expose_value=False, callback=_add_settings, help=_CONFIG_HELP
)


@command.command()
@_NAMES
@_CONFIG
@click.option("--all", "all_triggers", is_flag=True, help="Every trigger that the site has.")
@click.pass_context
def subscribe(context: click.Context, triggers: tuple[str, ...], *, all_triggers: bool) -> None:
    """Create automations that call wix-listen."""
    if not context.obj.get("hint_secret"):
        raise SettingsError(_UNGUARDED)
    chosen = _chosen(triggers, all_triggers=all_triggers)
    ours = _subscriptions(context.obj)
    existing, failures = ours.all(), 0
    for trigger in chosen or TRIGGERS:
        try:
            click.echo(f"{trigger}: {'subscribed' if ours.subscribe(trigger, existing) else 'already subscribed'}")
        except (RejectionError, SiteNotReadyError) as error:
            failures += 1
            logger.error("%s: %s", trigger, without_secrets(str(error)))  # noqa: TRY400 - the message says it all
    # A site does not have the apps of all triggers.
    if failures and (chosen or failures == len(TRIGGERS)):
        context.exit(1)


@command.command("list")
@_CONFIG
@click.pass_context
def list_(context: click.Context) -> None:
    """List the automations that wix-listen created: trigger, status, ID."""
    for each in _subscriptions(context.obj).all():
        click.echo(f"{each.trigger}\t{each.status}\t{each.id}")


@command.command()
@_NAMES
@_CONFIG
@click.option("--all", "all_triggers", is_flag=True, help="Every automation that `subscribe` created.")
@click.pass_context
def unsubscribe(context: click.Context, triggers: tuple[str, ...], *, all_triggers: bool) -> None:
    """Remove automations that wix-listen created, and no others."""
    chosen = _chosen(triggers, all_triggers=all_triggers)
    ours = _subscriptions(context.obj)
    for each in ours.all():
        if not chosen or each.trigger in chosen:
            ours.unsubscribe(each)
            click.echo(f"{each.trigger}: unsubscribed")


def _chosen(triggers: tuple[str, ...], *, all_triggers: bool) -> tuple[str, ...]:
    """Return the chosen triggers; none for all.

    Raises:
        UsageError: None was chosen, or both ways were used.
    """
    if bool(triggers) == all_triggers:
        msg = f"Name triggers, or use --all. Triggers: {', '.join(TRIGGERS)}."
        raise click.UsageError(msg)
    return triggers


def _subscriptions(settings: dict[str, Any]) -> Subscriptions:
    if not settings.get("public_url"):
        raise SettingsError(_NO_URL)
    client: WixClient = connect(settings, user_agent=f"wix-listen/{metadata.version(DISTRIBUTION)}")
    return Subscriptions(client, settings["public_url"], settings.get("hint_secret") or "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments, by default those of the process, and return the exit code."""
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(logging.Formatter("wix-listen: %(message)s"))
    logging.root.addHandler(console)
    logging.root.setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        return exit_code(lambda: command.main(arguments, prog_name="wix-listen", standalone_mode=False))
    except click.Abort:  # a subcommand was stopped
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except WixError as error:
        logger.error("%s", without_secrets(str(error)))  # noqa: TRY400 - the message says it all
        return 1
    finally:
        logging.root.removeHandler(console)


def run() -> None:
    """Run the command as a process."""
    set_up_streams()
    sys.exit(main())


if __name__ == "__main__":
    run()
