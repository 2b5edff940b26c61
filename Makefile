# Quoth: `make serve` opens the chat on the demo collection, `make test` runs the tests.
# Each sets up its own virtual environment in .venv the first time; nothing else needs to be installed.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

export HF_HUB_OFFLINE = 1
export GRADIO_ANALYTICS_ENABLED = False

.PHONY: serve test check format lint types quick torture pictures clean

serve: $(VENV)/.run
	$(BIN)/quoth serve

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: lint types test

quick: $(VENV)/.dev
	$(BIN)/python -m pytest -m "not model and not browser" -q --numprocesses auto --maxprocesses 4 --dist loadfile

torture: $(VENV)/.dev
	QUOTH_TORTURE=300 $(BIN)/python -m pytest tests/torture -q --log-cli-level=INFO

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy index qa seeds ui tests

pictures: $(VENV)/.dev
	$(BIN)/python -m tests.browser.pictures

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "Installing what Quoth needs into $(VENV) (a few minutes the first time) ..."
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
