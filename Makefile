# The front door. Needs Python >= 3.11, git and make; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run test faults mutants check lint types layers format lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/.installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "reconciler needs Python >= 3.11; try make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: .venv/.installed  ## run the operator against the embedded AWS on the sample desired/
	@exec $(BIN)/reconciler run --sandbox

test: .venv/.installed  ## run every test
	$(BIN)/python -m pytest -n auto --dist worksteal

faults: .venv/.installed  ## try every fault and every crash, not just the part that CI draws each day (SEED=n replays)
	$(BIN)/python -m pytest -n auto --dist worksteal tests/faults tests/process --whole $(if $(SEED),--seed $(SEED))

mutants: .venv/.installed  ## take out each safeguard in turn: some test must notice (ONLY=words for some of them)
	$(BIN)/python -m tests.mutants $(if $(ONLY),--only "$(ONLY)")

check: lint types layers  ## lint, strict types, import layers

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.installed
	$(BIN)/mypy

layers: .venv/.installed
	$(BIN)/lint-imports

format: .venv/.installed  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:  ## renew both lock files (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra sandbox --extra dev pyproject.toml -o requirements-dev.lock

clean:  ## remove what make made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
