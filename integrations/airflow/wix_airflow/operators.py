"""The three tasks of a run: list the sites, read and load a shard of them, report what failed."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook, BaseOperator, ObjectStoragePath
from airflow.sdk.exceptions import AirflowFailException

from wix_airflow.commands import Command, Loader, Pipe, output, settings_of
from wix_airflow.shards import delay, shards
from wix_airflow.states import ObjectStates, Outcome, Saver, SqlStates, States, outcome_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Asset, Context

ACCOUNT = "account"
WIX_FIELDS = {"api_key": "password", "account_id": "login"}
"""The settings of tap-wix, and the fields of an Airflow connection that have them."""

Sites = list[dict[str, str]]
"""Sites as `tap-wix --list-sites` prints them: `site_id` and `name` of each."""


def open_states(place: str, name: str) -> States:
    """Return the states of a pipeline.

    Args:
        place: ID of an Airflow connection to PostgreSQL or SQLite, or an address such as `s3://CONNECTION@BUCKET/FOLDER`.
        name: Name of the pipeline.
    """
    if "://" in place:
        path = ObjectStoragePath(place)
        return ObjectStates(path.fs, path.path, name)
    hook = BaseHook.get_hook(place)
    return SqlStates(hook.get_conn, hook.placeholder, name)


class _Wix(BaseOperator):
    """What all tasks know.

    Args:
        tap: The command of tap-wix.
        sites: The setting `sites` of tap-wix.
        settings: Further settings of tap-wix.
        wix_conn_id: Airflow connection with its secrets.
        states: Where the state of each site is stored; see `open_states`.
        pipeline: Name of the pipeline.
    """

    def __init__(  # noqa: PLR0913 - a task is described in one call
        self,
        *,
        tap: Sequence[str],
        sites: Any,
        settings: Mapping[str, Any],
        wix_conn_id: str,
        states: str,
        pipeline: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tap = list(tap)
        self.sites = sites
        self.settings = dict(settings)
        self.wix_conn_id = wix_conn_id
        self.states = states
        self.pipeline = pipeline

    def config(self) -> dict[str, Any]:
        """Return the settings of tap-wix, with secrets."""
        secrets = settings_of(BaseHook.get_connection(self.wix_conn_id), WIX_FIELDS)
        return {**self.settings, **secrets, "sites": self.sites}


class ListSites(_Wix):
    """Lists the sites, and returns them in shards.

    Args:
        shard_size: Maximum number of sites in a shard.
        kwargs: Those of `_Wix` and of any operator.
    """

    def __init__(self, *, shard_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shard_size = shard_size

    def execute(self, context: Context) -> list[Sites]:  # noqa: ARG002 - Airflow's interface
        """Return the shards."""
        open_states(self.states, self.pipeline).prepare()
        listed: Sites = json.loads(output(([*self.tap, "--list-sites"], {"--config": self.config()})))
        found = shards(listed, self.shard_size)
        self.log.info("%d sites in %d shards.", len(listed), len(found))
        return found


class ReadShard(_Wix):
    """Reads the sites of a shard with tap-wix into a loader, and stores their states.

    An attempt reads only the sites that no earlier attempt of the same run of the DAG has completed.

    Args:
        shard: The sites.
        loader: The attributes of a `Loader`.
        catalog: Path of a Singer catalog that selects streams.
        jitter: Maximum number of seconds that an attempt waits before it starts.
        kwargs: Those of `_Wix` and of any operator.
    """

    def __init__(
        self, *, shard: Any, loader: Mapping[str, Any], catalog: str | None, jitter: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.shard = shard
        self.loader = loader
        self.catalog = catalog
        self.jitter = jitter
        self.pipe = Pipe()

    def execute(self, context: Context) -> None:
        """Read and load the sites.

        Raises:
            RuntimeError: The tap or the loader failed; sites that failed are in the log.
        """
        instance = context["ti"]
        time.sleep(delay(self.jitter, self.dag_id, context["run_id"], instance.map_index, instance.try_number))
        ids = [site["site_id"] for site in self.shard]
        states = open_states(self.states, self.pipeline)
        parts = states.read(ids)
        config = {**self.config(), "run_id": context["run_id"], "fail_above": 0}
        # The shard itself is the list, unless the list has settings of each site.
        config |= {"sites": self.shard} if self.sites == ACCOUNT else {"sites_include": ids}
        selection = ["--catalog", self.catalog] if self.catalog else []
        tap = [*self.tap, *selection], {"--config": config, "--state": {"bookmarks": {}, "sites": parts}}
        self.pipe.run(tap, self._loader(), Saver(states, parts).save)

    def on_kill(self) -> None:
        """End the tap; what it wrote is still loaded if Airflow waits."""
        self.pipe.stop()

    def _loader(self) -> Command:
        loader = Loader(**self.loader)
        secrets = settings_of(BaseHook.get_connection(loader.conn_id), loader.fields) if loader.conn_id else {}
        return loader.command, {"--config": {**loader.settings, **secrets}}


class ReportSites(_Wix):
    """Counts the sites by outcome, and fails if too many failed.

    Args:
        listed: ID of the task that lists the sites.
        fail_above: Share of failed and unread sites from 0 to 1 above which it fails. Parked sites do not count.
        asset: Gets an event with the counts if it does not fail.
        kwargs: Those of `_Wix` and of any operator.
    """

    def __init__(self, *, listed: str, fail_above: float, asset: Asset, **kwargs: Any) -> None:
        super().__init__(outlets=[asset], **kwargs)
        self.listed = listed
        self.fail_above = fail_above
        self.asset = asset

    def execute(self, context: Context) -> dict[str, int]:
        """Return the number of sites of each outcome.

        Raises:
            AirflowFailException: The sites were not listed, or too many failed.
        """
        found: list[Sites] | None = context["ti"].xcom_pull(task_ids=self.listed)
        if not found:
            msg = "The sites were not listed, so none was read."
            raise AirflowFailException(msg)
        names = {site["site_id"]: site["name"] for shard in found for site in shard}
        parts = open_states(self.states, self.pipeline).read(list(names))
        outcomes = {site: outcome_of(parts.get(site), context["run_id"]) for site in names}
        for site, outcome in outcomes.items():
            if outcome is not Outcome.COMPLETE:
                reason = parts.get(site, {}).get("site", {}).get("reason", "")
                self.log.warning("Site %s (%s): %s. %s", site, names[site], outcome.value, reason)
        counts = {outcome.value: list(outcomes.values()).count(outcome) for outcome in Outcome}
        share = (counts[Outcome.FAILED] + counts[Outcome.UNREAD]) / len(names)
        self.log.info("Sites of this run: %s; share that failed: %.4f.", counts, share)
        if share > self.fail_above:
            msg = f"{share:.2%} of the sites failed or were not read, more than {self.fail_above:.2%}: {counts}."
            raise AirflowFailException(msg)
        context["outlet_events"][self.asset].extra = {**counts, "run_id": context["run_id"]}
        return counts
