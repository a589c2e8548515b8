# Two commands for a fresh machine with Python 3.11 or newer, npm and make:
#   make demo   draws a sample catalog, indexes it, searches it, scores it
#   make test   runs the tests
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO ?= demo
PYTEST_ARGS ?=
# Two workers: a good part of the tests waits for the disk. A file's tests share what is dear to make.
WORKERS ?= -n 2 --dist loadfile

SERVER_TESTS = tests/ingest/index tests/ingest/test_updates.py tests/search/test_client_contract.py \
  tests/search/test_prior.py tests/evaluation/test_gate.py tests/deploy/test_reindex.py tests/deploy/test_foreign_versions.py

.PHONY: demo test test-server soak lint format clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Likewise needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Use make PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/likewise demo --out $(DEMO)

test: $(VENV)/.installed
	$(BIN)/python -m pytest $(WORKERS) $(PYTEST_ARGS)

# All that stores promise, on a real server or cluster beside the embedded and the in-memory store:
#   LIKEWISE_TEST_QDRANT_URL=http://localhost:6333 [LIKEWISE_TEST_QDRANT_API_KEY=…] [LIKEWISE_TEST_QDRANT_REPLICAS=2]
test-server: $(VENV)/.installed
	test -n "$(LIKEWISE_TEST_QDRANT_URL)" || { echo "Set LIKEWISE_TEST_QDRANT_URL, for example to http://localhost:6333"; exit 2; }
	$(BIN)/python -m pytest $(SERVER_TESTS) $(PYTEST_ARGS)

# Ten times the random operations of the test suite.
soak: $(VENV)/.installed
	LIKEWISE_TEST_OPERATIONS=200000 $(BIN)/python -m pytest tests/ingest/index/stores/test_soak.py $(PYTEST_ARGS)

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
