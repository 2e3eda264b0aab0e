"""Writing never takes away what somebody else put there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import click
import pytest
from conftest import Runner

from mngraph.errors import OutputError
from mngraph.files import MANIFEST, replacing, write_bytes


@pytest.mark.parametrize(
    "command",
    [("view", "mine.html"), ("export", "mine", "-f", "ttl"), ("map", "mine.html"),
     ("build", "-o", "mine"), ("query", "studies-by-country", "-o", "mine"),
     ("evidence", "-i", "melasma", "-o", "mine")],
    ids=lambda command: command[0],
)  # fmt: skip
def test_a_folder_is_never_replaced_by_a_result(command: tuple[str, ...], run: Runner) -> None:
    folder = Path(next(word for word in command if word.startswith("mine")))
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    result = run(*command)
    assert result.exit_code == 4, result.output
    assert "it is a folder" in result.stderr
    assert (folder / "letter.txt").read_text() == "dear"
    assert [path.name for path in Path().iterdir()] == [folder.name]


def make_folder(target: Path, *names: str) -> None:
    """Make a folder of ours with some files, as a build makes a store."""
    with replacing(target, folder=True) as draft:
        draft.mkdir()
        for name in names:
            (draft / name).touch()


def test_a_folder_of_ours_or_an_empty_one_is_replaced(tmp_path: Path) -> None:
    for number, there in enumerate(((), ("CURRENT", "old.sst"))):
        target = tmp_path / str(number)
        if there:
            make_folder(target, *there)
        else:
            target.mkdir()
        make_folder(target, "new")
        assert {path.name for path in target.iterdir()} == {"new", MANIFEST}
    assert {path.name for path in tmp_path.iterdir()} == {"0", "1"}


@pytest.mark.parametrize("foreign", ["my-queries.rq", "notes/today.txt", "empty/", "link"])
def test_what_is_not_ours_is_refused_by_name_and_stays(foreign: str, tmp_path: Path) -> None:
    target = tmp_path / "store"
    make_folder(target, "CURRENT", "old.sst")
    added = target / foreign
    if foreign.endswith("/"):
        added.mkdir()
    elif foreign == "link":
        added.symlink_to(tmp_path)
    else:
        added.parent.mkdir(exist_ok=True)
        added.write_text("mine")
    with pytest.raises(OutputError, match=foreign.strip("/")):
        make_folder(target, "new")
    assert os.path.lexists(added) and (target / "old.sst").exists()


def test_what_is_put_there_while_a_store_is_built_stays(tmp_path: Path) -> None:
    target = tmp_path / "store"
    make_folder(target, "old.sst")
    with (
        pytest.raises(OutputError, match="letter"),
        replacing(target, folder=True) as draft,
    ):
        draft.mkdir()
        (target / "letter").touch()
    assert (target / "letter").exists()


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"program": "other", "files": ["CURRENT"]}', '"CURRENT"']
)
def test_the_store_of_another_program_is_refused(manifest: str, tmp_path: Path) -> None:
    (tmp_path / "CURRENT").touch()
    if manifest:
        (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(OutputError, match="CURRENT"):
        make_folder(tmp_path, "new")
    assert (tmp_path / "CURRENT").exists()


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_file_keeps_who_may_read_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "file").chmod(0o600)
    write_bytes(tmp_path / "file", b"new")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_bytes(tmp_path / "pipe", b"through")
    reader.join(10)
    assert read == [b"through"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        write_bytes(tmp_path / "no" / "file", b"")


def test_a_path_is_opened_by_what_needs_it_and_by_nothing_before() -> None:
    """Whether it can be read is for the reader to say, with exit code 4; a target need not be."""
    from mngraph.cli import COMMANDS, cli

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        for parameter in command.params:
            kind = parameter.type
            assert not (isinstance(kind, click.Path) and kind.readable), f"{name} {parameter.name}"
