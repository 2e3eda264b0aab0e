"""`mngraph fetch`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mngraph.cli.options import progress_of, write_output
from mngraph.cli.process import say


@click.command("fetch")
@click.argument("query")
@click.option("-o", "--output", type=click.Path(path_type=Path, readable=False),
              metavar="FILE", help="The file to write: .xml, or .xml.gz to pack it.")  # fmt: skip
@click.option("--count", is_flag=True, help="Only print how many articles there are.")
@click.option("--restart", is_flag=True, help="Search anew, whatever has begun.")
@click.option("--email", default="", envvar="MNGRAPH_EMAIL",
              help="Your email address, which NCBI asks for.")  # fmt: skip
def fetch_command(query: str, **options: Any) -> None:
    """Write what a search of PubMed finds to a file of PubMed XML.

    QUERY is in PubMed's own language. NCBI allows 3 requests a second, and 10 with a key in
    NCBI_API_KEY. A run that was ended goes on where it was when the same command is given again.
    The file can be given to check-sources, enrich and other commands that read PubMed XML.

    \b
    mngraph fetch "microneedling[tiab] AND 2024:2026[dp]" -o needling.xml.gz
    mngraph fetch "microneedling[tiab] AND scar*[tiab]" --count
    """  # noqa: D301
    from mngraph.errors import UsageError
    from mngraph.services.eutils import Eutils
    from mngraph.services.fetching import fetch
    from mngraph.wording import counted

    query, target = " ".join(query.split()), options["output"]
    if not query:
        raise UsageError("the query is empty")
    client = Eutils(email=options["email"])
    if options["count"]:
        found = client.search(query, most=0)
        for remark in found.remarks:
            say(f"warning: {remark}")
        write_output(f"{found.count}\n", None)
        return
    if target is None:
        raise UsageError("name the file to write: -o FILE.xml.gz (or ask for --count only)")
    if not target.name.lower().endswith((".xml", ".xml.gz")):
        raise UsageError(f"cannot write {target}: such a file ends in .xml or .xml.gz")
    done = fetch(
        query, target, client, say=say, restart=options["restart"],
        bar=lambda total: progress_of("articles", total, unit="articles"),
    )  # fmt: skip
    if done.missing:
        names = ", ".join(done.missing[:10]) + (", …" if len(done.missing) > 10 else "")
        many = counted(len(done.missing), "article")
        say(f"warning: PubMed found {many} that it did not send: {names}")
    say(f"{counted(done.articles, 'article')} written to {target}")
