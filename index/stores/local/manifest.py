"""The manifest: what an index folder is, in one small JSON file that people can read too."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import IndexDamaged, IndexMissing, IndexVersion

FILE = "manifest.json"
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A derived part: the catalog generation it reflects and the hash of its files; 0 and "" for none yet."""

    generation: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The format, the embedder and passage settings an index was made with, and the state of its parts."""

    embedder: str
    embedder_sha256: str
    dimension: int
    passage_tokens: int
    format: int = FORMAT
    dense: Part = Part()
    lexical: Part = Part()

    def settings(self) -> dict[str, str]:
        """Return the part of the manifest that cannot be derived, which the catalog keeps as well."""
        return {
            "format": str(self.format),
            "embedder": self.embedder,
            "embedder_sha256": self.embedder_sha256,
            "dimension": str(self.dimension),
            "passage_tokens": str(self.passage_tokens),
        }

    @classmethod
    def from_settings(cls, settings: dict[str, str]) -> "Manifest":
        """Make a manifest, its parts not yet derived, of what the catalog keeps."""
        return cls(
            embedder=settings["embedder"],
            embedder_sha256=settings["embedder_sha256"],
            dimension=int(settings["dimension"]),
            passage_tokens=int(settings["passage_tokens"]),
            format=int(settings["format"]),
        )

    def save(self, folder: Path) -> None:
        """Write the manifest and rename it into place, so that a reader sees the old or the new one whole."""
        partial = folder / (FILE + ".new")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Read the manifest; raises IndexMissing, IndexDamaged or IndexVersion."""
        path = folder / FILE
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise IndexMissing(f"{folder} holds no index; make one with `quoth add PATH --index {folder}`") from error
        except ValueError as error:
            raise IndexDamaged(f"{path} is not valid JSON ({error})") from error
        try:
            check_format(folder, int(fields["format"]))
            parts = {
                name: Part(int(fields[name]["generation"]), fields[name]["sha256"]) for name in ("dense", "lexical")
            }
            return cls(**{**fields, **parts})
        except (KeyError, TypeError, ValueError) as error:
            raise IndexDamaged(f"{path} lacks something or holds something unknown ({error})") from error


def check_format(folder: Path, version: int) -> None:
    """Raise IndexVersion unless this version of Quoth reads the format."""
    if version != FORMAT:
        raise IndexVersion(
            f"the index in {folder} has format {version}, this version of Quoth reads format {FORMAT}; "
            "use the version that wrote it, or add the articles to a new index"
        )
