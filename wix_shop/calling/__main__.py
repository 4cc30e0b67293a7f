"""The command `wix-api`: any call of Wix's API, with the credentials, quota and retries of one site."""

from __future__ import annotations

import json
import logging
import os
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tap_wix.interrupts import Interrupts, StoppedError, leave
from wix_api.any_call import METHODS, NotOfWixError, Request, parse_target
from wix_api.config_file import read_configs, with_environment
from wix_api.environment import read_environment
from wix_api.errors import SettingsError, WixError
from wix_api.json_file import parse_json, read_json
from wix_api.progress import counted
from wix_api.redaction import without_secrets
from wix_api.settings import CONNECTION_PROPERTIES, DEFAULT_API_URL, connect
from wix_api.settings_check import check_settings, did_you_mean, without_nulls
from wix_api.standard_streams import exit_code, set_up_streams, write
from wix_shop.calling.paging import all_rows
from wix_shop.calling.request import is_text, parse_headers, parse_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wix_api.client import WixClient
    from wix_api.transport import Reply

logger = logging.getLogger("wix-api")

DISTRIBUTION = "tap-target-wix"
_VARIABLES = "TAP_WIX_"
_SCHEMA = {"type": "object", "properties": CONNECTION_PROPERTIES}
_EXAMPLES = """\b
Examples:
  wix-api GET /contacts/v4/contacts
  wix-api GET /contacts/v4/contacts --query paging.limit=100 --paginate > contacts.jsonl
  wix-api POST /stores/v3/products/query --body '{"query": {"cursorPaging": {"limit": 2}}}'
  wix-api DELETE /stores/v3/products/0a1b… --yes

\b
Exit codes: 0 the call succeeded; 1 Wix refused it or cannot be reached, or you
declined; 2 wrong usage; 129, 130, 143 stopped by a signal."""


@click.command(epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("method", metavar="METHOD", type=click.Choice(METHODS, case_sensitive=False))
@click.argument("target", metavar="PATH")
@click.option(
    "--config",
    "configs",
    metavar="FILE",
    multiple=True,
    help="A config file of tap-wix or target-wix; repeatable, later ones win. Other settings come from TAP_WIX_… "
    "variables and from .env.",
)
@click.option("-q", "--query", "queries", metavar="NAME=VALUE", multiple=True, help="A query parameter; repeatable.")
@click.option("-H", "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="A header; repeatable.")
@click.option("-b", "--body", metavar="FILE|-|JSON", help="JSON body: a file, standard input, or the JSON itself.")
@click.option("--paginate", is_flag=True, help="Read every page of a list and print its rows as JSON lines.")
@click.option("--rows", "member", metavar="NAME", default="", help="With --paginate: the member with the rows.")
@click.option("-i", "--include", is_flag=True, help="Print the status and the headers before the answer.")
@click.option("-y", "--yes", is_flag=True, help="Send a call that may change the site without asking first.")
@click.version_option(metadata.version(DISTRIBUTION), prog_name="wix-api")
def command(  # noqa: PLR0913, PLR0917 - one parameter an option, all by name
    method: str,
    target: str,
    configs: tuple[str, ...],
    queries: tuple[str, ...],
    headers: tuple[str, ...],
    body: str | None,
    member: str,
    *,
    paginate: bool,
    include: bool,
    yes: bool,
) -> None:
    """Call Wix's API with the credentials, the quota and the retries of one site, and print the answer.

    A GET, and a POST to a query, a search or a count, only reads: it is sent again if Wix fails. Before any other call,
    the command asks; it is sent once.
    """
    settings = _settings(configs)
    try:
        path, params = parse_target(target, str(settings.get("api_url") or DEFAULT_API_URL))
    except NotOfWixError as error:
        raise click.UsageError(str(error)) from None
    request = Request(method, path, {**params, **parse_queries(queries)}, parse_headers(headers), _body(body))
    _check_use(request, paginate=paginate, include=include, member=member)
    client: WixClient = connect(settings, user_agent=f"wix-api/{metadata.version(DISTRIBUTION)}")
    if not (request.reads or yes):
        _confirm(request, settings, is_stdin_taken=body == "-")
    try:
        if paginate:
            _print_rows(client, request, member)
        else:
            _print(client, request, include)
    finally:
        client.close()


def _check_use(request: Request, *, paginate: bool, include: bool, member: str) -> None:
    if paginate and not request.reads:
        msg = f"--paginate reads lists, and {request.method} {request.path} may change the site."
        raise click.UsageError(msg)
    if paginate and include:
        msg = "--include shows one answer; leave --paginate out."
        raise click.UsageError(msg)
    if member and not paginate:
        msg = "--rows needs --paginate."
        raise click.UsageError(msg)
    if request.body is not None and request.method == "GET":
        msg = "A GET request cannot have a body. Use --query instead."
        raise click.UsageError(msg)


def _confirm(request: Request, settings: dict[str, Any], *, is_stdin_taken: bool) -> None:
    if is_stdin_taken or not sys.stdin.isatty():
        msg = f"{request.method} {request.path} may change the site. Add --yes to send it."
        raise click.UsageError(msg)
    site = settings.get("site_id") or settings.get("instance_id") or "the site of the app"
    click.confirm(f"{request.method} {request.path} may change site {site}. Send it?", abort=True, err=True)


def _print(client: WixClient, request: Request, include: bool) -> None:  # noqa: FBT001 - an option handed on
    reply = client.reply(request.call())
    if include:
        write(f"{_head(reply)}\n")
    text = _shown(reply.body)
    if sys.stdout.isatty():
        with suppress(ValueError):  # not JSON: printed unchanged
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    write(f"{text}\n")


def _print_rows(client: WixClient, request: Request, member: str) -> None:
    rows = 0
    for page in all_rows(request, lambda asked: client.reply(asked.call()).body, member):
        for row in page:
            write(without_secrets(json.dumps(row, ensure_ascii=False, separators=(",", ":"))) + "\n")
        rows += len(page)
    logger.info("%s, %s.", counted(rows, "row"), counted(client.usage().requests, "request"))


def _head(reply: Reply) -> str:
    headers = [f"{name.lower()}: {without_secrets(value)}" for name, value in reply.headers.items()]
    return "\n".join([f"HTTP {reply.status}", *headers, ""])


def _shown(body: bytes) -> str:
    return without_secrets(body.decode("utf-8", errors="replace"))


def _settings(configs: tuple[str, ...]) -> dict[str, Any]:
    """Return the connection settings in files and in the environment.

    The files may have settings of the plugins, but none that looks like a mistyped one.
    """
    given = {
        name: value
        for name, value in read_configs(configs).items()
        if name in CONNECTION_PROPERTIES or _is_mistyped(name)
    }
    settings = without_nulls(with_environment(configs, given, read_environment(_VARIABLES, _SCHEMA)))
    check_settings(settings, _SCHEMA, "tap-wix")
    return settings


def _is_mistyped(name: str) -> bool:
    return bool(did_you_mean(name, [*CONNECTION_PROPERTIES], ""))


def _body(given: str | None) -> dict[str, Any] | None:
    """Return the JSON body.

    Raises:
        UsageError: The body cannot be read, or is not a JSON object.
    """
    if given is None:
        return None
    try:
        body = _json(given)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    if not isinstance(body, dict):
        msg = "--body is not a JSON object, which every body of Wix's API is. Correct it."
        raise click.UsageError(msg)
    if not is_text(json.dumps(body, ensure_ascii=False)):
        msg = "--body has half a character, such as half an emoji. Correct it."
        raise click.UsageError(msg)
    return body


def _json(given: str) -> Any:
    if given == "-":
        try:
            return parse_json(sys.stdin.buffer.read(), "standard input")
        except OSError as error:
            msg = f"--body cannot be read from standard input: {error.strerror}."
            raise SettingsError(msg) from None
    if given.lstrip().startswith(("{", "[")):
        return parse_json(os.fsencode(given), "--body")
    return read_json(Path(given), "--body")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments (default: those of the process) and return the exit code.

    0: the call succeeded; 1: Wix refused it or cannot be reached; 2: wrong usage; 128 + signal: stopped.
    """
    console = logging.StreamHandler(sys.stderr)
    console.setFormatter(logging.Formatter("wix-api: %(message)s"))
    logging.root.addHandler(console)
    logging.root.setLevel(logging.INFO)
    with Interrupts(ends_process=arguments is None) as interrupts:
        try:
            return interrupts.run(lambda: _exit_code(arguments))
        except StoppedError as stopped:
            logger.error("%s", stopped)  # noqa: TRY400 - the message is complete
            leave(128 + stopped.signum)


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        return exit_code(lambda: command.main(arguments, prog_name="wix-api", standalone_mode=False))
    except click.Abort:
        logger.error("Nothing was sent.")  # noqa: TRY400 - the user declined
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (WixError, OSError) as error:
        logger.error("%s", error)  # noqa: TRY400 - the message is complete
        return 1


def run() -> None:
    """Run the command as a process."""
    set_up_streams()
    sys.exit(main())


if __name__ == "__main__":
    run()
