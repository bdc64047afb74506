PYTHON ?= python3
BIN := .venv/bin

# The tests start hundreds of programs: what each imports is compiled once.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo serve test check fmt

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

.venv/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

demo: .venv/run.stamp ## the whole story once, on real input
	$(BIN)/allod demo

serve: .venv/run.stamp ## the server on 127.0.0.1:8080
	$(BIN)/allod serve --init

check: .venv/dev.stamp ## the quick part: formatting, lint, types, contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --strict sdk/src/allod
	$(BIN)/lint-imports
	$(BIN)/python sdk/scripts/generate_sync.py --check

test: check ## everything
	$(BIN)/pytest -n auto --dist worksteal

fmt: .venv/dev.stamp ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
