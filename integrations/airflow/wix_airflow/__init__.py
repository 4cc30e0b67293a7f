"""Reads many Wix sites on Apache Airflow: shards of sites, each read by tap-wix and written by a Singer loader.

`from wix_airflow import Loader, wix_dag` makes a DAG. Airflow is imported by `wix_airflow.dag` and
`wix_airflow.operators` alone.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from wix_airflow.commands import Loader

if TYPE_CHECKING:
    from wix_airflow.dag import wix_dag

__all__ = ["Loader", "wix_dag"]


def __getattr__(name: str) -> Any:
    """Import the DAG factory, and with it Airflow, when it is used."""
    if name != "wix_dag":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from wix_airflow.dag import wix_dag  # noqa: PLC0415 - Airflow is not needed for the other modules

    return wix_dag


def provider_info() -> dict[str, Any]:
    """Return what Airflow lists about this package (entry point `apache_airflow_provider`)."""
    return {
        "package-name": "airflow-provider-wix",
        "name": "Wix",
        "description": "Reads many Wix sites in shards, with tap-wix and any Singer loader.",
        "versions": [version("airflow-provider-wix")],
    }
