"""Make the word lists that Punkt is shipped with: ``python -m index.punkt.train [CORPUS.jsonl ...]``.

Without texts the lists are those written by hand in ``sources/``, sorted; from texts (the ``text`` of every JSON line)
Punkt learns more abbreviations, collocations and sentence starters, which are added.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.punkt import FOLDER, LANGUAGES, OTHER, written
from index.sentences import learn


def texts(files: list[Path]) -> Iterator[str]:
    """Yield the ``text`` of every line of JSONL files."""
    for file in files:
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line)["text"] for line in lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the lists of one language; ``arguments`` are the command line's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="*", type=Path, help="JSONL files to learn from")
    parser.add_argument("--language", choices=[*sorted(LANGUAGES.values()), OTHER], default="english")
    parser.add_argument("--out", type=Path, help="default: the file that is shipped")
    given = parser.parse_args(arguments)
    lists = written(given.language)
    if given.corpora:
        lists |= learn(texts(given.corpora))
    out: Path = given.out or FOLDER / f"{given.language}.txt"
    out.write_text(lists.format(), encoding="utf-8")


if __name__ == "__main__":
    main()
