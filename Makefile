# Everything a newcomer needs is Python 3.11 (with venv), git and make. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run reset feed test check docs bench fuzz lock

BIN := .venv/bin
READY := .venv/.ready
MEMBERS := $(wildcard shared/*/pyproject.toml services/*/pyproject.toml deploy/*/pyproject.toml)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv and fetch what the local stack needs (done by the other targets when needed)

$(READY): requirements.lock pyproject.toml $(MEMBERS) deploy/local/setup.sh deploy/local/jgo.lock.toml deploy/local/zipkin.lock.toml
	@PYTHON="$(PYTHON)" deploy/local/setup.sh
	@touch $@

run: $(READY) ## start everything, send a sample day through it, stay up until Ctrl-C
	@$(BIN)/local-stack run --with-parent $(if $(filter new,$(DAY)),--new-day)

reset: ## forget the local stack's data (keeps .venv)
	@if [ -x $(BIN)/local-stack ]; then $(BIN)/local-stack reset; else rm -rf .local; fi

feed: $(READY) ## post notes to the running system: make feed NOTES=<folder or JSON lines file>
	@$(BIN)/local-stack feed "$(NOTES)"

test: $(READY) ## run all tests on a real PostgreSQL and a real Kafka
	@if [ -n "$(ARGS)" ]; then $(BIN)/pytest $(ARGS); else tests/run.sh; fi

check: $(READY) ## style, types and architecture contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy shared/*/src services/*/src deploy/*/src
	@$(BIN)/lint-imports

docs: $(READY) ## generate docs/events, docs/edits.md and docs/x12-rules.md from the code
	@$(BIN)/python -m events.documents docs/events
	@$(BIN)/claim-builder edits > docs/edits.md
	@$(BIN)/python -m x12.rule_catalogue > docs/x12-rules.md

bench: $(READY) ## measure the system end to end, the codec, claims and coding, into build/bench.json (N=3000, RATE=50, ONLY=system, codec, claims or coding)
	@$(BIN)/python -m tests.load $(if $(N),--count $(N)) $(if $(RATE),--rate $(RATE)) $(if $(ONLY),--only $(ONLY))

fuzz: $(READY) ## fuzz every reader of the X12 codec (SECONDS=60, TARGETS=names of tests/fuzz/targets.py)
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(TARGETS)

lock: $(READY) ## resolve all dependencies anew (Python packages and jars)
	@$(BIN)/uv lock -q
	@$(BIN)/uv export -q --all-packages --all-groups --no-emit-workspace --no-header -o requirements.lock
	@$(BIN)/local-stack jars --relock
