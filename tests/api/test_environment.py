"""Settings from environment variables and `.env`, for both plugins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from tap_wix.tap import TapWix
from target_wix.target import TargetWix
from wix_api.config_file import overridden
from wix_api.environment import read_environment
from wix_api.errors import SettingsError

CREDENTIALS = {"api_key": "IST.key", "site_id": "11111111-1111-4111-8111-111111111111", "store_catalog": "v3"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("index_lag_seconds", "0", 0),
        ("index_lag_seconds", "2.5", 2.5),
        ("request_timeout", "30", 30),
        ("requests_per_minute", "100", 100),
        ("requests_per_minute", "auto", "auto"),
        ("max_deletes", "0.25", 0.25),
        ("max_deletes", "100", 100),
        ("max_deletes", "25%", "25%"),
        ("max_deletes", "off", "off"),
        ("command_column", "[op]", "[op]"),
        ("dry_run", "True", True),
        ("dry_run", "off", False),
        ("stream_options", '{"products": {"command": "create"}}', {"products": {"command": "create"}}),
    ],
)
def test_the_target_reads_what_a_variable_means(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any
) -> None:
    monkeypatch.setenv(f"TARGET_WIX_{name.upper()}", text)
    assert TargetWix(config=dict(CREDENTIALS), parse_env_config=True).config[name] == value


def test_the_tap_reads_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_WIX_LOOKBACK_SECONDS", "1.5")
    monkeypatch.setenv("TAP_WIX_REQUEST_TIMEOUT", "30")
    config = TapWix(config=dict(CREDENTIALS), parse_env_config=True).config
    assert (config["lookback_seconds"], config["request_timeout"]) == (1.5, 30)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("index_lag_seconds", "soon-secret", "is not a number"),
        ("request_timeout", "nan", "is not a number"),
        ("dry_run", "ture-secret", "is neither true nor false"),
        ("stream_options", "{secret", "is not JSON"),
    ],
)
def test_a_wrong_variable_is_named_without_its_text(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, complaint: str
) -> None:
    monkeypatch.setenv(f"TARGET_WIX_{name.upper()}", text)
    with pytest.raises(SettingsError) as caught:
        TargetWix(config=dict(CREDENTIALS), parse_env_config=True)
    assert str(caught.value) == f"The environment variable TARGET_WIX_{name.upper()} {complaint}."


@pytest.mark.parametrize(("prefix", "plugin"), [("TAP_WIX_", TapWix), ("TARGET_WIX_", TargetWix)])
def test_a_file_of_variables_in_the_current_folder_is_read(
    monkeypatch: pytest.MonkeyPatch, folder: Path, prefix: str, plugin: type[TapWix | TargetWix]
) -> None:
    for name in ("SITE_ID", "REQUESTS_PER_MINUTE"):
        monkeypatch.setenv(f"{prefix}{name}", "")  # so that what the file sets is taken back after the test
        monkeypatch.delenv(f"{prefix}{name}")
    (folder / ".env").write_text(f"{prefix}SITE_ID=of-the-file\n{prefix}REQUESTS_PER_MINUTE=17\n")
    assert plugin(config=dict(CREDENTIALS), parse_env_config=True).config["site_id"] == "of-the-file"
    assert plugin(config=dict(CREDENTIALS), parse_env_config=True).config["requests_per_minute"] == 17


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"SOME_SITE=\xff\xfe", "is not text in UTF-8 (byte 11). Save it in UTF-8."),
        (b"SOME_SITE=a\0b", "contains a NUL character. Remove it."),
    ],
)
def test_a_file_of_variables_that_cannot_be_read_is_named(folder: Path, content: bytes, complaint: str) -> None:
    (folder / ".env").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_environment("SOME_", {"properties": {"site": {"type": ["string"]}}})
    assert str(caught.value) == f"{folder / '.env'} {complaint}"


def test_a_file_of_variables_may_begin_with_a_byte_order_mark(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("SOME_SITE", "")  # so that what the file sets is taken back after the test
    monkeypatch.delenv("SOME_SITE")
    (folder / ".env").write_text("SOME_SITE=of-the-file\n", encoding="utf-8-sig")
    assert read_environment("SOME_", {"properties": {"site": {"type": ["string"]}}}) == {"site": "of-the-file"}


def test_a_variable_overrules_the_file(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / ".env").write_text("SOME_SITE=of-the-file\n")
    monkeypatch.setenv("SOME_SITE", "of-the-variable")
    assert read_environment("SOME_", {"properties": {"site": {"type": ["string"]}}}) == {"site": "of-the-variable"}


def test_an_empty_variable_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_COUNT", "")
    assert read_environment("SOME_", {"properties": {"count": {"type": ["integer"]}}}) == {}


APP = {"app_id": "a", "app_secret": "b", "instance_id": "i"}
KEY = {"api_key": "k", "site_id": "s"}


@pytest.mark.parametrize(
    ("lower", "upper", "left"),
    [
        (KEY, APP, APP),
        (APP, KEY, {"app_id": "a", "app_secret": "b", **KEY}),  # an installation would name another site
        (KEY, {"app_id": "a", "instance_id": "i"}, {**KEY, "app_id": "a", "instance_id": "i"}),  # not complete
        ({**KEY, "app_secret": "b"}, {"app_id": "a", "instance_id": "i"}, APP),
        ({"site_id": "s"}, APP, {"site_id": "s", **APP}),
        (KEY, {**APP, "site_id": "t"}, {**APP, "site_id": "t"}),
        ({**KEY, "app_id": "a", "app_secret": "b"}, {"instance_id": "i"}, APP),
        (
            {**KEY, "app_id": "a", "app_secret": "b"},
            {"site_id": "t", "instance_id": "i"},  # the key of all sites, and how events name this one
            {**KEY, **APP, "site_id": "t"},
        ),
        (APP, {"refresh_token": "r"}, {"app_id": "a", "app_secret": "b", "refresh_token": "r"}),
        ({**KEY, **APP}, {"request_timeout": 5}, {**KEY, **APP, "request_timeout": 5}),
    ],
)
def test_the_source_that_names_a_site_brings_its_credentials(
    lower: dict[str, Any], upper: dict[str, Any], left: dict[str, Any]
) -> None:
    assert overridden(lower, upper) == left


@pytest.mark.parametrize(("prefix", "plugin"), [("TAP_WIX_", TapWix), ("TARGET_WIX_", TargetWix)])
def test_an_app_of_variables_is_used_in_place_of_a_key_of_a_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path, prefix: str, plugin: type[TapWix | TargetWix]
) -> None:
    (folder / "config.json").write_text(json.dumps(KEY))
    for name, value in APP.items():
        monkeypatch.setenv(f"{prefix}{name.upper()}", value)
    command = plugin.get_singer_command()
    (option,) = [each for each in command.params if each.name == "config"]
    given = plugin.cb_config(click.Context(command), option, ("config.json", "ENV"))
    made = plugin(config={**given.config, "store_catalog": "v3"}, parse_env_config=given.parse_env)
    assert {name: made.config[name] for name in (*KEY, *APP) if made.config.get(name)} == APP


def test_a_deleted_current_folder_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(SettingsError, match="The current folder cannot be read: No such file or directory"):
        read_environment("SOME_", {"properties": {}})
