# Everything runs in .venv, which is made once from requirements-dev.lock and again when that file changes.
# It needs Python 3.11 or newer (PYTHON=python3.12 chooses one), git and make.

SHELL := /bin/bash
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
BIN := .venv/bin
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q # what was compiled is kept, wherever it runs: it is seconds a process
READY := .venv/.filled
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make lock"

.PHONY: help demo serve test slow check format bench bench-pii bench-recognition bench-attribution bench-lineage lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 20

demo: $(READY) ## the main job in one run, offline: ingest, ask, show the lineage, refuse, verify
	@$(BIN)/lineward demo

serve: $(READY) ## the gateway on http://127.0.0.1:8080 with config/gateway.yaml (or LINEWARD_CONFIG)
	@$(BIN)/lineward serve

test: $(READY) ## the tests, without the slow ones
	@$(PYTEST) -n 2 -m "not slow"

slow: $(READY) ## the slow tests
	@$(PYTEST) -m slow || [ $$? -eq 5 ] # 5: there is none

check: $(READY) ## format, lint, types, floors
	@$(BIN)/ruff format --check --quiet . || { echo "make format puts these right:"; $(BIN)/ruff format --check .; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(READY) ## put the format right, and what lint can
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench: $(READY) ## what a request costs, beside a bare proxy; a table, and bench.json
	@$(BIN)/python -m tests.benchmarks

bench-pii: $(READY) ## how much personal data is found, beside stock Presidio; a table, and bench-pii.json
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.pii

bench-recognition: $(READY) ## what is recognised, and what it costs against a million chunks; two tables
	@$(BIN)/python -m tests.benchmarks.recognition

bench-lineage: $(READY) ## writes a second and the time of every question, among up to a million responses
	@$(BIN)/python -m tests.benchmarks.lineage

bench-attribution: $(READY) ## how well sentences of answers are attributed to documents; a table
	@$(BIN)/python -m tests.benchmarks.attribution

lock: $(READY) ## the lock files again, from pyproject.toml
	@$(LOCK) --group dev --all-extras --output-file requirements-dev.lock pyproject.toml
	@$(LOCK) --all-extras --constraints requirements-dev.lock --output-file requirements.lock pyproject.toml
	@$(LOCK) --group pyproject.toml:build --constraints requirements-dev.lock --output-file requirements-build.lock

clean: ## remove what make made: .venv, caches, bench.json
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist bench.json bench-pii.json bench-lineage.json
	@find gateway tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements-dev.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Lineward needs Python 3.11 or newer; none was found." \
		"Name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lineward needs Python 3.11 or newer;" \
		"$(PYTHON) is $$("$(PYTHON)" -V 2>&1). Name another: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Filling .venv from requirements-dev.lock; the first time this takes a minute or two ..." >&2
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv .venv
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-build-isolation --editable .
	@touch $@
