# Two commands for a fresh machine with Python 3.11 or newer, npm and make:
#   make demo   draws a sample catalog, indexes it, searches it, scores it
#   make test   runs the tests
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
DEMO ?= demo
PYTEST_ARGS ?=
# Two workers: a good part of the tests waits for the disk. A file's tests share what is dear to make. One that dies
# ends the run: started again it would be given the same test again. Slow files come first, see tests/conftest.py.
WORKERS ?= -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0
# Hundreds of processes are started; without it each would compile all of our modules anew.
unexport PYTHONDONTWRITEBYTECODE

SERVER_TESTS = tests/ingest/index tests/ingest/test_updates.py tests/ingest/test_any_shop.py \
  tests/ingest/test_several_pictures.py tests/ingest/test_few.py tests/search/test_client_contract.py \
  tests/search/test_answers.py tests/search/test_rules.py tests/search/test_prior.py tests/evaluation/test_gate.py tests/evaluation/test_whole_road.py \
  tests/deploy/test_reindex.py tests/deploy/test_foreign_versions.py

.PHONY: demo test test-server soak types lint docs format clean

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
#   [LIKEWISE_TEST_QDRANT_GRPC_PORT=6334]
test-server: $(VENV)/.installed
	test -n "$(LIKEWISE_TEST_QDRANT_URL)" || { echo "Set LIKEWISE_TEST_QDRANT_URL, for example to http://localhost:6333"; exit 2; }
	$(BIN)/python -m pytest $(SERVER_TESTS) $(PYTEST_ARGS)

# Ten times the random operations of the test suite.
soak: $(VENV)/.installed
	LIKEWISE_TEST_OPERATIONS=200000 $(BIN)/python -m pytest tests/ingest/index/stores/test_soak.py $(PYTEST_ARGS)

# The folders under the names that they are installed by, for programs that read sources.
types:
	mkdir -p build/types/likewise
	for folder in ingest search evaluation deploy; do ln -sfn "$(CURDIR)/$$folder" build/types/likewise/$$folder; done

lint: $(VENV)/.installed types docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=build/types $(BIN)/mypy -p likewise

# The pages, in build/site. No network is needed; a link that leads nowhere is an error (but not with --quiet).
docs: $(VENV)/.installed types
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: $(VENV)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
