"""A store that is replaced while it is opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox

from mngraph import storefolder


def test_each_of_many_folders_with_one_name_is_another(tmp_path: Path) -> None:
    """File systems soon give the number of a removed folder to the next one."""
    path = tmp_path / "store"
    seen = set()
    for number in range(50):
        path.mkdir()
        (path / str(number)).touch()
        seen.add(storefolder._identity(path))
        shutil.rmtree(path)
    assert len(seen) == 50


def test_reading_does_not_change_what_tells_stores_apart(tmp_path: Path) -> None:
    path = tmp_path / "store"
    made = ox.Store(str(path))
    made.add(ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:b"), ox.NamedNode("x:c")))
    made.flush()
    del made
    before = storefolder._identity(path)
    assert len(storefolder.open_folder(path)) == 1
    assert storefolder._identity(path) == before
