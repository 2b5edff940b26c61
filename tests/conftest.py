"""What all tests share."""

import os

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("quoth", deadline=None)
settings.load_profile("quoth")

# A reader takes a second to load and knows nothing of toy embedders: only tests of real models use the default one.
os.environ["QUOTH_READER"] = "none"


@pytest.fixture(autouse=True)
def real_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests of real models have what a user gets."""
    if request.node.get_closest_marker("model"):
        monkeypatch.delenv("QUOTH_READER")
