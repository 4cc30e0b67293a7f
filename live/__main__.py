"""Try both plugins on a live test site, and write a report: `make live`.

The site is that of the environment variables WIX_API_KEY and WIX_SITE_ID, or of such lines in a file .env. Everything
that the run creates there has a name with a fixed prefix, and is deleted at the end. If a run was killed, the next run
deletes what it left.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from live.asking import NotAnsweredError
from live.cleaning import KINDS, LeftBehindError, clean, counted
from live.jobs import JobError, Jobs
from live.questions import ask
from live.report import FAILED, LEFT_OUT, PASSED, Report, Step
from live.site import PREFIX, LiveSite
from wix_api.environment import read_environment
from wix_api.errors import SettingsError, WixError
from wix_api.redaction import never_show, redact
from wix_api.settings import CONNECTION_PROPERTIES
from wix_api.settings_check import check_settings
from wix_sandbox.readings import READINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SCHEMA = {"type": "object", "properties": CONNECTION_PROPERTIES}
_LAG = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    0: all jobs passed, or the answer was no; 1: a job failed, which is named; 2: wrong usage.
    """
    options = _options(arguments)
    try:
        config = read_environment("WIX_", _SCHEMA)
        check_settings(config, _SCHEMA, "tap-wix")
        never_show(str(config.get("site_id") or ""))
        with LiveSite.open(config, options.lag) as site:
            return _on(site, options)
    except SettingsError as error:
        return _end(f"{error} The environment variables are WIX_API_KEY, WIX_SITE_ID and so on.", 2)
    except WixError as error:
        return _end(str(error), 1)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m live", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--report", type=Path, default=Path("live-report.md"), help="file of the report")
    parser.add_argument("--products", type=int, default=5, help="how many products to create (default: 5)")
    parser.add_argument(
        "--lag", type=float, default=_LAG, help=f"seconds to wait for Wix's indexes after writes (default: {_LAG:g})"
    )
    return parser.parse_args(arguments)


def _on(site: LiveSite, options: argparse.Namespace) -> int:
    """Ask, run everything on a site, and write the report."""
    catalog = site.client.store_catalog
    if catalog not in KINDS:
        return _end("The site has no Wix Stores. Install the app on the test site, and run it again.", 1)
    _print(
        f"Site {site.config.get('site_id') or 'of the app'}, store catalog {catalog}",
        f"This creates {options.products} products, a collection, 2 contacts and a label there, some further products",
        f"for open questions, and deletes them again. Their names begin with {PREFIX}; nothing else is written.",
        f"What earlier runs left there with names that begin with {PREFIX} is deleted first.",
    )
    if not options.yes and not sys.stdin.isatty():
        return _end("Standard input is not a terminal, so the question cannot be asked. Use --yes.", 2)
    if not options.yes and not _is_wanted():
        _print("Nothing was written.")
        return 0
    report = Report(str(catalog), f"{datetime.now(UTC):%Y-%m-%d %H:%M}")
    try:
        report.write(options.report)
    except OSError as error:
        return _end(f"The report cannot be written: {error}. Name another file with --report.", 2)
    try:
        _run(site, options.products, report)
    except KeyboardInterrupt:
        report.steps.append(Step("the run", FAILED, "the run was interrupted", 0.0))
    finally:
        report.write(options.report)
        _print(f"Report: {options.report}")
    return _end(f"Failed: {', '.join(report.failed)}.", 1) if report.failed else 0


def _is_wanted() -> bool:
    """Ask whether to continue."""
    sys.stdout.write("Go on? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _run(site: LiveSite, products: int, report: Report) -> None:
    """Run clean-ups, jobs and questions."""
    if not _step(report, "clean up after earlier runs", lambda: _cleaned(site)):
        return
    try:
        is_passed = True
        for name, job in Jobs(site, products).all():
            if is_passed:
                is_passed = _step(report, name, job)
            else:
                report.steps.append(Step(name, LEFT_OUT, "the job that failed has to pass first", 0.0))
        for reading in READINGS:
            _ask(site, reading.name, report)
    finally:
        site.wait()
        _step(report, "clean up", lambda: _cleaned(site))


def _cleaned(site: LiveSite) -> str:
    return f"deleted {counted(clean(site))}"


def _step(report: Report, name: str, work: Callable[[], str]) -> bool:
    """Do a step and record how it ended; True if it passed."""
    began = time.monotonic()
    try:
        ended, done = PASSED, work()
    except SystemExit:  # a stream of the tap failed, and its log says why
        ended, done = FAILED, "a stream failed"
    except Exception as error:  # noqa: BLE001 - whatever failed: it is reported, and the site is cleaned up
        ended, done = FAILED, _reason(error)
        _note(report, error)
    step = Step(name, ended, done, time.monotonic() - began)
    report.steps.append(step)
    _print(f"{step.ended.strip('*')}: {step.name} ({redact(step.done)})")
    return ended is PASSED


def _ask(site: LiveSite, name: str, report: Report) -> None:
    """Ask a question and record the answer, or why there is none."""
    try:
        report.answers[name] = ask(site, name)
    except NotAnsweredError as reason:
        report.unanswered[name] = str(reason)
    except Exception as error:  # noqa: BLE001 - an unexpected answer must not stop the other questions
        report.unanswered[name] = _reason(error)
        _note(report, error)
    _print(f"{name}: {report.answers.get(name) or 'not answered: ' + redact(report.unanswered[name])}")


def _reason(error: Exception) -> str:
    """Return why a step failed; errors of other packages are named by their class."""
    known = isinstance(error, WixError | JobError | LeftBehindError)
    return str(error) if known else f"{type(error).__name__}: {error}"


def _note(report: Report, error: Exception) -> None:
    """Count the status and code of an unexpected refusal."""
    if isinstance(error, WixError):
        report.refusals[f"{error.status} {error.code}".strip()] += 1
    if isinstance(error, JobError):
        report.refusals += error.codes


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _end(message: str, code: int) -> int:
    """Print why the command ends, and return its exit code."""
    sys.stderr.write(f"{message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
