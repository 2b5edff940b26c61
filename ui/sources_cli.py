"""`quoth add`, `quoth refresh`, `quoth watch` and `quoth sources`.

Heavy imports sit inside the commands, so that ``quoth --help`` is quick.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.options import IndexOption, JsonOption, opened, settings, write_json

if TYPE_CHECKING:
    from index.index import Index
    from index.refresh import SourceSummary

sources = typer.Typer(
    help="Show what was added and stays connected, or forget it.", invoke_without_command=True, rich_markup_mode=None
)

GoneOption = Annotated[
    Literal["keep", "remove"] | None,
    typer.Option(help="What becomes of articles that are no longer there: kept and marked, or removed. [keep]"),
]


def add(
    given: Annotated[
        list[str],
        typer.Argument(metavar="PATH|URL...", help="Files and folders; pages, feeds and sitemaps of the web."),
    ],
    index: IndexOption = None,
    prefix: Annotated[str | None, typer.Option(help="Put NAME- before every id, for ids that are taken.")] = None,
    gone: GoneOption = None,
    every: Annotated[
        str | None, typer.Option(metavar="TIME", help="How often `quoth watch` looks again: 30m, 2h, 1d. [1h]")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Pages of a feed or sitemap that are read, at most. [1000]")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also read addresses of this computer and its own network.")
    ] = False,
    json_: JsonOption = False,
) -> None:
    """Add articles. Unchanged ones cost nothing, changed ones are replaced."""
    from index.refresh import Look
    from index.sources import Sources
    from index.turns import Turn
    from ui.progress import progress_bar
    from ui.sources import Clients, Wishes, add_source, articles_in, plans, seconds

    wishes = Wishes(prefix, gone, seconds(every) if every else None, limit, allow_private or None)
    chosen = settings(index)
    with opened(chosen, create=True) as into, Clients() as clients:
        planned = plans(given, Sources(into).all(), wishes)
        look = Look(turn=Turn(into, say))
        with progress_bar(sum(map(articles_in, planned))) as report:
            done = [add_source(into, plan, clients, report, look) for plan in planned]
        tell(done, into, str(chosen.index), json_, all_=True)


def refresh(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE...]", help="Folders and addresses, as they were added. [all]")
    ] = None,
    index: IndexOption = None,
    json_: JsonOption = False,
) -> None:
    """Take up what has changed at the sources, or at some of them."""
    from index.refresh import Look
    from index.refresh import refresh as looked_at
    from index.sources import Sources
    from index.turns import Turn
    from ui.progress import progress_bar
    from ui.sources import Clients, Plan, articles_in

    chosen = settings(index)
    with opened(chosen) as into, Clients() as clients:
        known = Sources(into)
        wanted = [source for name in names for source in known.find(name)] if names else known.all()
        look = Look(turn=Turn(into, say))
        with progress_bar(sum(articles_in(Plan(source)) for source in wanted)) as report:
            done = [looked_at(into, source, clients.of(source), report, look) for source in wanted]
        if not wanted:
            say(f"{chosen.index} has no sources; `quoth add` makes one of each folder and address that it is given")
        tell(done, into, str(chosen.index), json_, all_=False)


@sources.callback()
def list_sources(context: typer.Context, index: IndexOption = None, json_: JsonOption = False) -> None:
    """Show what was added and stays connected, or forget it."""
    from index.sources import Sources
    from ui.sources_text import source_to_json, sources_to_text

    if context.invoked_subcommand:
        return
    with opened(settings(index)) as into:
        known = Sources(into).all()
        if json_:
            write_json({"schema": 1, "sources": [source_to_json(source, into) for source in known]})
        else:
            typer.echo(
                "\n".join(sources_to_text(known)) or "there are no sources; `quoth add` makes them", err=not known
            )


@sources.command("forget")
def forget(
    names: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Folders and addresses, as they were added.")],
    index: IndexOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="Also remove the articles that came from there.")] = False,
    json_: JsonOption = False,
) -> None:
    """Look at a source no more; its articles stay, unless they are removed too."""
    from index.sources import Sources
    from ui.progress import printable
    from ui.sources import articles_of

    with opened(settings(index)) as into:
        known = Sources(into)
        chosen = [source for name in names for source in known.find(name)]
        removed = into.remove([doc_id for source in chosen for doc_id in articles_of(source, into)] if remove else [])
        known.forget(chosen)
    if json_:
        write_json({"forgotten": [source.address for source in chosen], "removed": removed})
        return
    for line in [f"forgot     {source.address}" for source in chosen] + [f"removed    {doc_id}" for doc_id in removed]:
        typer.echo(printable(line))


def watch(index: IndexOption = None, json_: JsonOption = False) -> None:
    """Keep the articles as their sources are, until Ctrl-C."""
    from index.watch import Watch
    from ui.progress import printable
    from ui.sources import Clients
    from ui.sources_text import changes_to_text, done_to_json

    def told(done: "SourceSummary") -> None:
        if json_:
            write_json(done_to_json([done], into))
        for line in [] if json_ else changes_to_text(done):
            typer.echo(printable(line))

    chosen = settings(index)
    with opened(chosen) as into, Clients() as clients:
        into.embedder  # noqa: B018 - loaded before the first change comes
        say(f"watching the sources of {chosen.index} (Ctrl-C ends it)")
        with suppress(KeyboardInterrupt):  # which is how it ends
            Watch(into, clients.of, told, say).run()


def say(message: str) -> None:
    """Say something on standard error."""
    typer.echo(f"quoth: {message}", err=True)


def tell(done: "list[SourceSummary]", index: "Index", folder: str, json_: bool, *, all_: bool) -> None:
    """Write what became of sources; end with exit code 1 where something could not be read."""
    from ui.sources_text import done_to_json, done_to_text

    if json_:
        write_json(done_to_json(done, index))
    else:
        typer.echo(done_to_text(done, folder, unchanged=all_))
    if any(part.failure or part.summary.refused for part in done):
        raise SystemExit(1)
