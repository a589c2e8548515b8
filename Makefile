# Two commands for a fresh machine with Python 3.11 or newer, npm and make:
#   make demo   draws a sample catalog, indexes it, searches it, scores it
#   make test   runs the tests
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO ?= demo
PYTEST_ARGS ?=

.PHONY: demo test lint format clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Likewise needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Use make PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/likewise demo --out $(DEMO)

test: $(VENV)/.installed
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p build/types/likewise
	for folder in ingest search evaluation deploy; do ln -sfn "$(CURDIR)/$$folder" build/types/likewise/$$folder; done
	MYPYPATH=build/types $(BIN)/mypy -p likewise

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
