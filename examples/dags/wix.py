"""The DAG of `make airflow-demo`: all sites of an account into DuckDB, and a DAG that runs when they are loaded."""  # noqa: INP001

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG, Asset, task

from wix_airflow import Loader, wix_dag

sites_loaded = Asset(name="wix_sites", uri="x-wix://sites")

wix = wix_dag(
    "wix",
    sites="account",
    shard_size=10,
    loader=Loader(
        [os.environ["DEMO_TARGET_DUCKDB"]],
        conn_id="warehouse",
        fields={"filepath": "host"},
        settings={"default_target_schema": "wix"},
    ),
    states="wix_states",
    tap=[os.environ["DEMO_TAP_WIX"]],
    pool="wix",  # of one slot: a file of DuckDB has one writer
    retries=1,
    retry_delay=timedelta(seconds=1),
    jitter=timedelta(seconds=1),
    fail_above=0.05,
    asset=sites_loaded,
)

with DAG("marts", schedule=[sites_loaded], is_paused_upon_creation=False) as marts:

    @task
    def build() -> None:
        """Stand for what uses the loaded rows, such as `dbt build`."""

    build()
