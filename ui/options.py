"""What the commands share: options, the index that was asked for, and how errors and JSON are written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from index.index import Index
    from qa.settings import Settings

IndexOption = Annotated[
    str | None, typer.Option("--index", metavar="DIR", help="Folder of the index; `demo` for the demo. [./quoth-index]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong on standard error and end with an exit code."""
    typer.echo(f"quoth: {' '.join(message.split())}", err=True)
    raise SystemExit(code)


def settings(index: str | None, **flags: object) -> "Settings":
    """Return the settings, with those of the command line."""
    from qa.settings import load

    return load(index=index, **flags)


@contextmanager
def opened(given: "Settings", *, create: bool = False, read_only: bool = False) -> "Iterator[Index]":
    """Open the index of the settings while the context lasts."""
    from ui.demo import open_index

    index = open_index(given, create=create, read_only=read_only)
    try:
        yield index
    finally:
        index.close()


def write_json(value: object) -> None:
    """Write one JSON value on a line of standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))
