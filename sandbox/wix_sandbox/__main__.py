"""The command `wix-sandbox`: start a local Wix, print how to reach it, serve until it is stopped."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console
from rich.table import Table
from typing_extensions import override

from wix_sandbox.account import Account, mixed_sites
from wix_sandbox.auth import API_KEY
from wix_sandbox.errors import WixError
from wix_sandbox.options import SandboxOptions, StoreCatalog
from wix_sandbox.persistence import StateFileError
from wix_sandbox.readings import READINGS
from wix_sandbox.sandbox import Sandbox
from wix_sandbox.synthetic.shop import MOST_PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from _typeshed import SupportsWrite

    from wix_sandbox.account import RunningAccount
    from wix_sandbox.sandbox import RunningSite


class Lasting(Console):
    """Discards output after its reader has left: with `wix-sandbox | head` the sandbox continues to serve."""

    @override
    def on_broken_pipe(self) -> None:
        with suppress(SystemExit):
            super().on_broken_pipe()


def show_banner(site: RunningSite, note: str = "") -> None:
    """Print URL, site id, the contents of the shop and a config to paste; plain text if there is no terminal."""
    console = Lasting(soft_wrap=True, highlight=False)
    catalog = site.site.catalog.value
    console.print(f"[bold]Wix sandbox[/bold] at [cyan]{site.url}[/cyan] (store catalog: {catalog})")
    console.print(f"Site id: {site.site.identity.site_id}")
    held = Table.grid(padding=(0, 2))
    for kind in site.store.kinds():
        held.add_row("", kind.replace("_", " "), str(site.store.count(kind)))
    console.print("The shop contains:" if held.row_count else "The shop is empty.")
    if held.row_count:
        console.print(held)
    if note:
        console.print(note, markup=False)
    console.print("Config for tap-wix and target-wix:")
    console.print(json.dumps(site.config(), indent=2), markup=False)
    console.print(f"Page for a browser: {site.url}/", markup=False)
    console.print(f"Faults, journal, state and more: {site.url}/_sandbox/", markup=False)
    console.print("Ctrl-C stops.", markup=False)
    console.file.flush()


def show_account(account: RunningAccount, note: str = "") -> None:
    """Print URL and number of the sites of an account, and a config to paste."""
    console = Lasting(soft_wrap=True, highlight=False)
    console.print(f"[bold]Wix sandbox[/bold] at [cyan]{account.url}[/cyan] with {len(account)} sites")
    if note:
        console.print(note, markup=False)
    console.print("Config for tap-wix:")
    console.print(json.dumps(account.config(), indent=2), markup=False)
    console.print(f"The sites: {account.url}/_sandbox/sites", markup=False)
    console.print(f"Faults, journal, state and more of a site: {account.url}/_sandbox/sites/SITE-ID/", markup=False)
    console.print("Ctrl-C stops.", markup=False)
    console.file.flush()


USAGE_ERROR = 2
LONGEST_NUMBER = 20
TOKEN_VARIABLE = "WIX_SANDBOX_CONTROL_TOKEN"  # noqa: S105 - the name of a variable
EXAMPLES = """\
examples:
  wix-sandbox                                a seeded shop of Catalog V3 on a free port
  wix-sandbox --catalog v1 --size 10000      10,000 products, contacts and orders
  wix-sandbox --write-config wix.json &      and then: tap-wix --config wix.json
  wix-sandbox --sites 20                     an account of 20 sites
  wix-sandbox --store shop.db --port 8080    the same shop at the same address each time

Its address in a browser shows the shop and every request; /_sandbox/ lists the controls of a running sandbox.
"""
DURATIONS = {
    "media-delay": "time until an image that is given by its URL arrives (default: 0)",
    "index-lag": "time by which queries and searches lag behind writes (default: 0)",
    "read-lag": "time by which a V3 product that is read by its id lags behind its last write (default: 0)",
    "membership-lag": "time until a V3 product shows a change of its categories (default: 0)",
    "provisioning": "time for which a new V3 site refuses writes with 428, and reads for half of it (default: 0)",
}
"""Options in seconds that `SandboxOptions` has in milliseconds, and what they say."""
READINGS_HELP = "readings (the first value is the default):\n" + "".join(
    f"  {each.name}={'|'.join(each.values)}\n      {each.says}\n" for each in READINGS
)
_STEP = 0.5
"""Seconds of one wait for a signal."""
QUOTA = 200
"""Requests a minute, as Wix documents for one site."""


def seconds(text: str) -> float:
    """Parse a duration: `0.2`, `0.2s` or `200ms`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)?", text.strip())
    if match is None or len(text) > LONGEST_NUMBER:
        raise argparse.ArgumentTypeError(f"not a duration: {text[:LONGEST_NUMBER]} (write 0.2 or 200ms)")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def count(text: str) -> int:
    """Parse a number that is not negative."""
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        raise argparse.ArgumentTypeError(f"not a number of 0 or more: {text[:LONGEST_NUMBER]}")
    return int(text)


def reading(text: str) -> tuple[str, str]:
    """Parse a chosen reading: `name=value`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"not NAME=VALUE: {text}")
    return name, value


class OneLineParser(argparse.ArgumentParser):
    """Prints an error on one line, without the whole usage before it."""

    @override
    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        if file is None or file is sys.stderr:
            super()._print_message(message, file)
            return
        with self.writing():  # argparse would ignore errors
            file.write(message)
            sys.stdout.flush()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """End the command with a message if standard output cannot be written, except if its reader has left."""
        try:
            yield
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # otherwise Python fails again at its exit
            if not isinstance(error, BrokenPipeError):
                self.exit(1, f"{self.prog}: standard output cannot be written: {error.strerror}\n")

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(USAGE_ERROR, f"{self.prog}: {message} (see --help)\n")


def parser() -> OneLineParser:
    """Return the parser of the command's options."""
    command = OneLineParser(
        prog="wix-sandbox",
        description="A local Wix with a generated shop. Serves loopback until Ctrl-C.",
        epilog=f"{READINGS_HELP}\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    catalogs = [each.value for each in StoreCatalog]
    add("--catalog", choices=catalogs, help="store catalog of the site (default: v3; with --sites, v3 and v1 by turns)")
    add(
        "--sites",
        type=count,
        metavar="N",
        help="serve an account of N sites; each has its own shop, of 1 to 50 products or of --size, and its own quota",
    )
    shop = command.add_mutually_exclusive_group()
    shop.add_argument(
        "--seed",
        type=Path,
        metavar="FILE",
        help="fill the shop from a JSON file shaped like /_sandbox/state, or from a product file with wix-import",
    )
    shop.add_argument(
        "--size",
        type=count,
        metavar="N",
        help=f"generate a shop of N products, contacts and orders (products: at most {MOST_PRODUCTS:,})",
    )
    shop.add_argument("--empty", action="store_true", help="start with an empty shop")
    add("--latency", type=seconds, default=0.0, metavar="SECONDS", help="delay of every answer (0.2 or 200ms)")
    for name, says in DURATIONS.items():
        add(f"--{name}", type=seconds, default=0.0, metavar="SECONDS", help=says)
    add(
        "--quota",
        type=count,
        default=QUOTA,
        metavar="N",
        help=f"requests a minute, 0 for no limit (default: {QUOTA})",
    )
    add(
        "--deny-scope",
        action="append",
        default=[],
        metavar="SCOPE",
        help="answer 403 to calls that need this permission scope, such as SCOPE.DC-STORES.READ-ORDERS (repeatable)",
    )
    add(
        "--reading",
        action="append",
        default=[],
        type=reading,
        metavar="NAME=VALUE",
        help="choose another answer to an open question about Wix; see below (repeatable)",
    )
    add("--store", type=Path, metavar="FILE", help="keep the state in this file between runs")
    add("--port", type=count, default=0, metavar="N", help="port to listen on (default: a free one)")
    add(
        "--host",
        default="127.0.0.1",
        metavar="HOST",
        help="address to listen on; others than loopback need a token (default: 127.0.0.1)",
    )
    add(
        "--control-token",
        default=os.environ.get(TOKEN_VARIABLE) or None,
        metavar="TOKEN",
        help=f"secret for the page and the controls, for a sandbox in a container (default: {TOKEN_VARIABLE})",
    )
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer requests for this host name, too, as from a proxy (repeatable; default: loopback names only)",
    )
    add(
        "--write-config",
        type=Path,
        metavar="FILE",
        help="write a config for tap-wix and target-wix to this file before the first answer; as variables if its name "
        "ends with .env",
    )
    add("--version", action="version", version=f"wix-sandbox {version('wix-sandbox')}")
    return command


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command.

    Exit code: 0 after Ctrl-C, SIGTERM or SIGHUP; 1 if the store could not be written at the end; 2 if it cannot start.
    """
    stop: SimpleQueue[None] = SimpleQueue()  # its `put` needs no lock that the interrupted thread may hold
    command = parser()
    asked = command.parse_args(arguments)
    # Generating a large shop takes seconds: a signal ends the command immediately until the shop is served.
    _on_signals(lambda: os._exit(0))
    with _reporting(command), ExitStack() as stack:
        try:
            note = _note(asked)
            options = _options(asked)
            if asked.sites is None:
                site = stack.enter_context(Sandbox(options).serve(partial(_write_config, asked.write_config)))
            else:
                account = stack.enter_context(_account(asked, options).serve())
                _write_config(asked.write_config, account)
            _on_signals(partial(stop.put, None))
        except (StateFileError, ValueError) as error:
            command.exit(USAGE_ERROR, f"wix-sandbox: {error}\n")
        except OSError as error:
            command.exit(USAGE_ERROR, f"wix-sandbox: cannot serve on {asked.host}:{asked.port}: {error.strerror}\n")
        except WixError as error:
            command.exit(USAGE_ERROR, f"wix-sandbox: cannot fill the shop: {error.message}\n")
        with command.writing():
            if asked.sites is None:
                show_banner(site, note)
            else:
                show_account(account, note)
        _wait_for(stop)
    sys.exit(0)


@contextmanager
def _reporting(command: OneLineParser) -> Iterator[None]:
    """Report in one line that the store could not be written when the sandbox stopped."""
    try:
        yield
    except StateFileError as error:
        command.exit(1, f"wix-sandbox: {error}\n")


def _wait_for(stop: SimpleQueue[None]) -> None:
    """Wait in short steps: a signal that comes between two steps of Python does not end a wait that begins then."""
    while True:
        with suppress(Empty):
            return stop.get(timeout=_STEP)


def _on_signals(act: Callable[[], None]) -> None:
    hang_up = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)  # ignored by `nohup`
    for number in (signal.SIGINT, signal.SIGTERM, *hang_up):
        signal.signal(number, lambda *_: act())


def _options(asked: argparse.Namespace) -> SandboxOptions:
    _check_place(asked.write_config, "cannot write")
    _check_replaced(asked.write_config)
    _check_place(asked.store, "cannot keep the state in")
    names = ("empty", "size", "seed", "latency", "quota", "store", "host", "port", "control_token")
    return SandboxOptions(
        catalog=asked.catalog or StoreCatalog.V3.value,
        denied_scopes=frozenset(asked.deny_scope),
        allowed_hosts=frozenset(asked.allow_host),
        readings=dict(asked.reading),
        **{f"{name}_ms": round(getattr(asked, name) * 1000) for name in (each.replace("-", "_") for each in DURATIONS)},
        **{name: getattr(asked, name) for name in names},
    )


def _account(asked: argparse.Namespace, options: SandboxOptions) -> Account:
    """Return the account of the option `--sites`."""
    if not asked.sites:
        raise ValueError("--sites needs a number of 1 or more")
    if asked.store is not None:
        raise ValueError("--store keeps one site, so it cannot be used with --sites")
    return Account(mixed_sites(asked.sites, options, catalog=asked.catalog))


def _note(asked: argparse.Namespace) -> str:
    """Return a note about the number of products and the file that keeps the state."""
    store: Path | None = asked.store
    limited = f"A shop has at most {MOST_PRODUCTS:,} products; --size {asked.size} is for contacts and orders only."
    most = limited if (asked.size or 0) > MOST_PRODUCTS else ""
    if store is None:
        return most
    if not store.exists() or store.stat().st_size == 0:
        return f"{most} The state is kept in {store} from now on.".strip()
    fills = [f"--{name}" for name in ("seed", "size", "empty") if getattr(asked, name) not in (None, False)]
    ignored = f"; {fills[0]} only has an effect on a new file" if fills else ""
    return f"The state was read from {store}{ignored}."


def _check_place(path: Path | None, refusal: str) -> None:
    """Raise if the file cannot be created at this path."""
    if path is not None and path.is_dir():
        raise ValueError(f"{refusal} {path}: it is a folder")
    if path is not None and path.exists() and not path.is_file():  # a device would be replaced
        raise ValueError(f"{refusal} {path}: it is not a regular file")
    if path is not None and not path.parent.is_dir():
        raise ValueError(f"{refusal} {path}: {path.parent} is not a folder")


def _check_replaced(path: Path | None) -> None:
    """Raise if the config would replace a file that no sandbox wrote: it may be the only copy of a real key."""
    text = path.read_text(errors="replace") if path is not None and path.exists() else ""
    if text.strip() and API_KEY not in text:
        raise ValueError(f"cannot write {path}: it has other contents than a config of wix-sandbox; name another file")


def _write_config(path: Path | None, site: RunningSite | RunningAccount) -> None:
    """Write the config atomically: scripts wait for the file and read it as soon as it exists."""
    if path is None:
        return
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(_variables(site.config()) if path.name.endswith(".env") else _json(site.config()))
        part.replace(path)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror}") from error


def _json(config: Mapping[str, Any]) -> str:
    return json.dumps(config, indent=2) + "\n"


def _variables(config: Mapping[str, Any]) -> str:
    """Return the config as environment variables of both plugins, as a file `.env` has them."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in config.items()}
    return "".join(f"{of}_{name.upper()}={text}\n" for of in ("TAP_WIX", "TARGET_WIX") for name, text in texts.items())


if __name__ == "__main__":
    main()
