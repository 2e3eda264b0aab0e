"""What is shipped: the wheel, the store inside it, and the locked requirements."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import CHECKOUT

STORE = "mngraph/release/"
SOURCES = ("src", "ontology", "data", "queries")


def copy_of_the_sources(target: Path) -> Path:
    """Copy what a wheel is made of, so that no other test sees its release change."""
    ignored = shutil.ignore_patterns("release", "__pycache__")
    for name in SOURCES:
        shutil.copytree(CHECKOUT / name, target / name, ignore=ignored)
    for path in CHECKOUT.iterdir():
        if path.suffix in (".py", ".toml", ".md") or path.name.startswith("LICENSE"):
            shutil.copy(path, target)
    return target


def build_wheel(sources: Path) -> zipfile.ZipFile:
    """Build a wheel as pip does, with the requirements that are installed."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run(command, cwd=sources, check=True, capture_output=True, env=environment)
    (path,) = (sources / "dist").glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[zipfile.ZipFile]:
    """Two wheels of one source, built in two folders."""
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    folders = [tmp_path_factory.mktemp(name) / "sources" for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    return [build_wheel(copy_of_the_sources(folder)) for folder in folders]


@pytest.mark.slow(reason="builds the release twice")
class TestWheel:
    """All about wheels, in one class, so that one process builds them."""

    def test_two_wheels_of_one_source_have_the_same_files(
        self, wheels: list[zipfile.ZipFile]
    ) -> None:
        """All but the store, whose files RocksDB numbers, dates and gives random names."""
        one, other = (
            {
                item.filename: hashlib.sha256(wheel.read(item)).hexdigest()
                for item in wheel.infolist()
                if not item.filename.startswith(STORE) and not item.filename.endswith("/RECORD")
            }
            for wheel in wheels
        )
        assert one == other
        assert len(one) > 400

    def test_two_wheels_of_one_source_have_the_same_graph(
        self, wheels: list[zipfile.ZipFile], tmp_path: Path
    ) -> None:
        graphs = []
        for number, wheel in enumerate(wheels):
            folder = tmp_path / str(number)
            wheel.extractall(folder, [n for n in wheel.namelist() if n.startswith(STORE)])
            store = ox.Store.read_only(str(folder / STORE))
            graphs.append(sorted(store.dump(format=ox.RdfFormat.N_QUADS).splitlines()))
            sizes = sorted(path.stat().st_size for path in (folder / STORE).glob("*.sst"))
            graphs[-1].append(repr(sizes).encode())
        assert graphs[0] == graphs[1]
        assert len(graphs[0]) > 70_000

    def test_the_store_is_data_alone(self, wheels: list[zipfile.ZipFile]) -> None:
        for wheel in wheels:
            names = [n.removeprefix(STORE) for n in wheel.namelist() if n.startswith(STORE)]
            assert sorted({n.partition("-")[0] for n in names if not n.endswith(".sst")}) == [
                "CURRENT",
                "MANIFEST",
                "mngraph.json",
            ]

    def test_nothing_names_the_machine_that_built_it(self, wheels: list[zipfile.ZipFile]) -> None:
        machine = [str(CHECKOUT), str(Path.home()), str(Path(sys.prefix))]
        machine += [str(Path(wheel.filename or "").parents[1]) for wheel in wheels]
        machine += [socket.gethostname()] if len(socket.gethostname()) > 6 else []
        for wheel in wheels:
            for name in wheel.namelist():
                content = wheel.read(name)
                assert not [place for place in machine if place.encode() in content], name
                if name.endswith(".sst"):
                    # The value follows its key, which shares its beginning with the key before.
                    host = content.partition(b"host.identity")[2]
                    assert host.startswith(b"x" * len(socket.gethostname())), name


def test_a_store_directory_can_be_read_and_written(release: Path, tmp_path: Path) -> None:
    kinds = {path.suffix or path.name.partition("-")[0] for path in release.iterdir()}
    assert kinds == {".sst", ".json", "CURRENT", "MANIFEST"}
    copy = shutil.copytree(release, tmp_path / "copy")
    quads = len(ox.Store.read_only(str(copy)))
    store = ox.Store(str(copy))
    store.add(ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:b"), ox.NamedNode("x:c")))
    store.flush()
    del store
    assert len(ox.Store.read_only(str(copy))) == quads + 1 > 70_000
