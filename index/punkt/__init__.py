"""What Punkt must know of a language: word lists of our own, one small text file per language."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
LANGUAGES = {
    "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "nl": "dutch", "pl": "polish",
    "pt": "portuguese", "ru": "russian", "sv": "swedish", "uk": "ukrainian",
}  # fmt: skip
OTHER = "other"  # the lists that any other language is read with


@dataclass(frozen=True, slots=True)
class Lists:
    """The word lists of one language, without the final full stops; ``##number##`` stands for any number.

    ``abbreviations``, ``collocations`` and ``sentence_starters`` are Punkt's parameters, in lower case.
    ``never_final`` words end no sentence whatever follows, and their capitals count: "Rep." is one, "rep." is not.
    """

    abbreviations: frozenset[str] = frozenset()
    never_final: frozenset[str] = frozenset()
    collocations: frozenset[str] = frozenset()
    sentence_starters: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "Lists":
        """Read the sections of a list file; ``#`` and a space start a comment; collocations are one per line."""
        sections: dict[str, set[str]] = {}
        words: set[str] = set()
        for line in text.splitlines():
            content = f" {line} ".partition(" # ")[0].strip()
            if content.startswith("["):
                words = sections.setdefault(content.strip("[]").replace(" ", "_"), set())
            elif words is sections.get("collocations"):
                words.update({content} - {""})
            else:
                words.update(content.split())
        return cls(**{name: frozenset(found) for name, found in sections.items()})

    def format(self) -> str:
        """Write the lists sorted, one entry per line, in the form that ``parse`` reads."""
        sections = {
            "abbreviations": self.abbreviations,
            "never final": self.never_final,
            "collocations": self.collocations,
            "sentence starters": self.sentence_starters,
        }
        return "\n".join(f"[{name}]\n" + "".join(f"{entry}\n" for entry in sorted(x)) for name, x in sections.items())

    def __or__(self, other: "Lists") -> "Lists":
        """Return the union, list by list."""
        return Lists(
            self.abbreviations | other.abbreviations,
            self.never_final | other.never_final,
            self.collocations | other.collocations,
            self.sentence_starters | other.sentence_starters,
        )


def shipped(language: str) -> Lists:
    """Read the lists of a language (an ISO 639-1 code), those for any other if it has none."""
    return Lists.parse((FOLDER / f"{LANGUAGES.get(language, OTHER)}.txt").read_text("utf-8"))


def written(name: str) -> Lists:
    """Read the lists written by hand for the language called ``name`` ("english")."""
    return Lists.parse((FOLDER / "sources" / f"{name}.txt").read_text("utf-8"))
