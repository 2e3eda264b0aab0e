"""`mngraph new`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from mngraph.cli.process import say


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path, readable=False))
@click.option("--root", default="", metavar="SLUG",
              help="What the pack is about; by default the name of the folder.")  # fmt: skip
@click.option("--noun", default="", metavar="WORDS",
              help="The word for what is done, such as chemical peeling.")  # fmt: skip
@click.option("--title", default="", help="Title of the pack.")
@click.option("--base", default="", metavar="IRI",
              help="What its IRIs begin with: an address that you own.")  # fmt: skip
def new_command(folder: Path, root: str, noun: str, title: str, base: str) -> None:
    """Make an evidence pack: a FOLDER with a description, an example record and a query.

    A pack holds the evidence on one kind of procedure. What it is about may be in the shared
    vocabularies already (mngraph search finds it); if not, it is added to the pack.

    \b
    mngraph new demo
    mngraph new peels --root chemical-peel --noun "chemical peeling" --base https://my.org/peels/
    """  # noqa: D301
    from mngraph.newpack import added_root, make_pack

    files = make_pack(folder, root=root, noun=noun, title=title, base=base)
    if added := added_root(root or folder.name):
        say(added)
    pack, graph = shlex.quote(str(folder)), shlex.quote(f"{folder.name}.nq")
    say(f"{folder}: {', '.join(files)}")
    say(f"next: mngraph validate {pack}")
    say(f"      mngraph build {pack} -o {graph}")
    say(f"      mngraph evidence -g {graph} -i melasma -w vitamin-c")
