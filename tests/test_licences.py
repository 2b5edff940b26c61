"""Everything that is installed with Quoth has a permissive licence, indirect dependencies too."""

import importlib.metadata
import re

import pytest
from packaging.requirements import Requirement

PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|MPL|Mozilla|PSF|Python Software Foundation|Zlib|Unlicense|CNRI|HPND|0BSD|CC0)",
    re.IGNORECASE,
)
STRICT = re.compile(r"\bA?L?GPL|GNU (Affero|General)", re.IGNORECASE)
# Offered under several licences, of which we take the permissive one.
CHOSEN = {"tld": "MPL-1.1"}
# What PyTorch's CUDA build brings and Quoth never uses; the CPU build, which the README recommends, comes without.
GPU = re.compile(r"nvidia-|cuda-|triton")


def installed() -> list[str]:
    """Return the names of all distributions that Quoth needs at run time, found through the metadata."""
    found: set[str] = set()
    waiting = ["quoth"]
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found or GPU.match(name):
            continue
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        for text in requirements:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return sorted(found - {"quoth"})


def licence(name: str) -> str:
    """Return all that a distribution's metadata say of its licence."""
    metadata = importlib.metadata.metadata(name).json
    classifiers = [c for c in metadata.get("classifier", []) if c.startswith("License")]
    fields = [metadata.get("license_expression"), *classifiers, str(metadata.get("license", ""))[:200]]
    return " | ".join(str(f) for f in fields if f)


@pytest.mark.parametrize("name", installed())
def test_permissive(name: str) -> None:
    """The metadata name a permissive licence and no other, unless a choice is recorded here."""
    declared = CHOSEN.get(name) or licence(name)
    assert PERMISSIVE.search(declared), declared
    assert not STRICT.search(declared), declared


def test_dependencies_are_found() -> None:
    """The walk over the metadata reaches what pyproject.toml names and beyond."""
    assert {"torch", "faiss-cpu", "gradio", "nltk", "numpy", "courlan"} <= set(installed())
