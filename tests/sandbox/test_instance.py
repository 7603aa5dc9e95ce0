"""The folder instance/: one launcher at a time, secrets for us alone, and starting over."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.instance import Instance
from sandbox.product import make_secrets


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "instance")
    instance.claim()
    yield instance
    instance.release()


@pytest.mark.usefixtures("instance")
def test_a_second_launcher_is_told_who_was_first(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="tixapp already runs from this folder, as process"):
        Instance(tmp_path / "instance").claim()


def test_it_is_not_emptied_under_a_running_launcher(instance: Instance, tmp_path: Path) -> None:
    instance.write("secrets.json", {"a": "1"})
    with pytest.raises(SandboxError, match="already runs"):
        Instance(tmp_path / "instance").empty()
    assert instance.read("secrets.json") == {"a": "1"}


def test_starting_over_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    (folder / "postgres" / "base").mkdir(parents=True)
    (folder / "secrets.json").write_text("{}")
    Instance(folder).empty()
    assert list(folder.iterdir()) == []


def test_secrets_are_made_once_and_read_by_us_alone(instance: Instance, tmp_path: Path) -> None:
    made = make_secrets(instance.read("secrets.json"))
    instance.write("secrets.json", made)
    assert make_secrets(instance.read("secrets.json")) == made
    assert (tmp_path / "instance" / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(made["SECRET_KEY"]) == 64


def test_what_other_terminals_read_is_quoted_as_in_a_shell(
    instance: Instance, tmp_path: Path
) -> None:
    instance.write_environment("local.env", {"MAIL_FROM": "tixapp <a@b.c>", "PORT": "5000"})
    text = (tmp_path / "instance" / "local.env").read_text()
    assert shlex.split(text) == ["MAIL_FROM=tixapp <a@b.c>", "PORT=5000"]


def test_a_damaged_file_is_named(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "instance" / "webhooks.json").write_text("{")
    with pytest.raises(SandboxError, match=r"webhooks\.json is damaged\. `make reset`"):
        instance.read("webhooks.json")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "instance").write_text("a file where the folder should be")
    with pytest.raises(SandboxError, match="cannot be written to"):
        Instance(tmp_path / "instance").claim()
