"""The house keeps its shape: imports point one way, and each outside library has one home."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("index", "qa", "ui", "seeds")
MAY_IMPORT = {"index": set(), "qa": {"index"}, "ui": {"qa", "index", "seeds"}, "seeds": set()}
HOMES: dict[str, str | tuple[str, ...]] = {
    "chardet": "index/articles/charset.py",
    "faiss": "index/stores/local/segment.py",
    "nltk": "index/sentences.py",
    "py3langid": "index/languages.py",
    "rensa": "index/duplicates.py",
    "spellchecker": "index/spelling.py",
    "tantivy": "index/stores/local/lexical.py",
    "sqlite3": ("index/stores/local/catalog.py", "qa/feedback.py"),
    "sentence_transformers": "index/embedding.py",
    "Stemmer": "index/terms.py",
    "gradio": "ui/chat/",
    "typer": ("ui/cli.py", "ui/options.py", "ui/measuring_cli.py", "ui/sources_cli.py"),
    "trafilatura": "index/articles/html.py",
    "httpcore2": ("index/web/connections.py", "index/web/client.py"),
    "protego": "index/web/robots.py",
    "idna": "index/web/addresses.py",
    "pypdfium2_raw": "index/articles/pdf/pages.py",
    "pydantic_settings": "qa/settings.py",
    "watchfiles": "index/watch.py",
    "ir_measures": "qa/evaluation/",
}


def modules() -> list[Path]:
    """Return every module of the four rooms."""
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the dotted names that a module imports, also inside functions."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return frozenset(plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module})


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    """A room imports only the rooms before it."""
    room = path.relative_to(ROOT).parts[0]
    others = {name.partition(".")[0] for name in imports(path)} & set(ROOMS) - {room}
    assert others <= MAY_IMPORT[room]


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_one_home(library: str) -> None:
    """Only one module, or one folder, imports each outside library."""
    users = [
        str(path.relative_to(ROOT))
        for path in modules()
        if library in {name.partition(".")[0] for name in imports(path)}
    ]
    assert users
    assert all(user.startswith(HOMES[library]) for user in users)


def test_only_the_settings_read_the_environment() -> None:
    """No other module touches os.environ or os.getenv."""
    readers = [
        str(path.relative_to(ROOT))
        for path in modules()
        if any(word in path.read_text(encoding="utf-8") for word in ("os.environ", "getenv"))
    ]
    assert readers == []


def test_every_package_is_shipped() -> None:
    """pyproject.toml lists every package that exists."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    existing = {".".join(path.parent.relative_to(ROOT).parts) for path in modules() if path.name == "__init__.py"}
    assert set(listed) == existing


def test_no_module_prints_or_unpickles() -> None:
    """Results go through the command line's own output, and nothing read from disk can run code."""
    for path in modules():
        assert not {"pickle", "marshal", "shelve"} & set(imports(path)), path
