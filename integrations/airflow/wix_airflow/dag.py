"""Makes the DAG."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, Asset, TriggerRule

from wix_airflow.commands import without_secrets
from wix_airflow.operators import ACCOUNT, ListSites, ReadShard, ReportSites

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wix_airflow.commands import Loader

_RETRY_DELAY = timedelta(minutes=2)
_JITTER = timedelta(seconds=5)


def wix_dag(  # noqa: PLR0913 - a DAG is described in one call
    dag_id: str = "wix",
    *,
    loader: Loader,
    states: str,
    sites: str | Sequence[str | Mapping[str, Any]] = ACCOUNT,
    schedule: Any = None,
    shard_size: int = 100,
    pool: str = "default_pool",
    wix_conn_id: str = "wix",
    tap: Sequence[str] = ("tap-wix",),
    settings: Mapping[str, Any] | None = None,
    catalog: str | None = None,
    retries: int = 2,
    retry_delay: timedelta = _RETRY_DELAY,
    fail_above: float = 0.0,
    jitter: timedelta = _JITTER,
    asset: Asset | None = None,
    shard_args: Mapping[str, Any] | None = None,
    **dag_args: Any,
) -> DAG:
    """Return a DAG that reads many Wix sites into a warehouse.

    Its tasks are `list_sites`, `read_shard` (mapped, one for each shard) and `report`, which decides whether a run
    succeeded.

    Args:
        dag_id: Its ID, and the name under which the states of the sites are stored.
        loader: The loader.
        states: ID of an Airflow connection to PostgreSQL or SQLite, or an address such as `s3://CONNECTION@BUCKET/FOLDER`,
            where the state of each site is stored. All workers must reach it.
        sites: The setting `sites` of tap-wix: `account`, a list, or a file that all workers have.
        schedule: When it runs, as in any DAG.
        shard_size: Maximum number of sites in a shard.
        pool: Airflow pool of the shards. Its slots limit how many shards run at once.
        wix_conn_id: Airflow connection with the secrets of tap-wix: the API key as its password, the account ID as
            its login, further settings in its extra.
        tap: The command of tap-wix.
        settings: Further settings of tap-wix, without secrets.
        catalog: Path of a Singer catalog that selects streams, as `tap-wix --discover` writes it.
        retries: Retries of a shard. Each reads only the sites that are not complete.
        retry_delay: Time before the first retry. It doubles with each one.
        fail_above: Share of failed sites from 0 to 1 above which a run fails. Parked sites do not count.
        jitter: Each attempt of a shard waits for a random time of at most this length.
        asset: Asset that is updated when a run succeeds. The default is named like the DAG.
        shard_args: More arguments of the shards' operator, such as `queue` or `executor_config`.
        dag_args: Any other argument of a DAG.

    Raises:
        ValueError: The settings or the list of sites have a secret.
    """
    without_secrets(settings or {}, "settings")
    without_secrets(loader.settings, "The loader's settings")
    for site in () if isinstance(sites, str) else sites:
        if not isinstance(site, str):
            without_secrets(site, f"Site {site.get('site_id')}")
    common = {
        "tap": list(tap),
        "sites": sites,
        "settings": dict(settings or {}),
        "wix_conn_id": wix_conn_id,
        "states": states,
        "pipeline": dag_id,
        "retries": retries,
        "retry_delay": retry_delay,
    }
    with DAG(dag_id, schedule=schedule, catchup=False, max_active_runs=1, **dag_args) as dag:
        listed = ListSites(task_id="list_sites", shard_size=shard_size, **common)
        read = ReadShard.partial(
            task_id="read_shard",
            loader=asdict(loader),
            catalog=catalog,
            jitter=jitter.total_seconds(),
            pool=pool,
            retry_exponential_backoff=2.0,
            map_index_template="shard {{ ti.map_index }}, {{ task.shard | length }} sites",
            **common,
            **(shard_args or {}),
        ).expand(shard=listed.output)
        report = ReportSites(
            task_id="report",
            listed=listed.task_id,
            fail_above=fail_above,
            asset=asset or Asset(name=dag_id, uri=f"x-wix://{dag_id}"),
            trigger_rule=TriggerRule.ALL_DONE,
            **common,
        )
        read >> report  # type: ignore[unused-ignore] # Airflow's notation
    return dag
