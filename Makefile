# The verbs of the house; continuous integration calls only these.
#
#   make PYTHON=python3.12 setup    another Python than the first python3 on the path
#   make test ARGS='-k kill'        more words for pytest

PYTHON ?= python3
ARGS ?=
ENGINE ?= docker
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NODE_MODULES := tests/web/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench lock image sbom clean

help: ## list these verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup: $(READY) ## make .venv, or bring it up to date with the lock

run: $(READY) ## start a demonstration: a server with example rules, people and one page on its way
	$(BIN)/pingparrot demo $(ARGS)

test: $(READY) $(NODE_MODULES) ## run every test
	$(BIN)/pytest -n auto $(ARGS)

check: $(READY) ## lint, format, types, import contracts, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -p no:randomly tests/docs

bench: $(READY) ## measure start-up, latency, intake, heartbeats, insight and rules on this machine (about five minutes)
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/latency.py
	$(BIN)/python bench/intake.py
	$(BIN)/python bench/heartbeats.py
	$(BIN)/python bench/insight.py
	$(BIN)/python bench/dashboard.py
	$(BIN)/python bench/routes.py
	$(BIN)/python bench/backtest.py
	$(BIN)/python bench/rules_coverage.py

lock: $(READY) ## write the hashed locks anew from pyproject.toml
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -q --python-version 3.11 \
		pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -q --python-version 3.11 \
		--extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -q --python-version 3.11 \
		--extra otel -c requirements.lock pyproject.toml -o requirements-otel.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -q --python-version 3.11 \
		--extra oidc -c requirements.lock pyproject.toml -o requirements-oidc.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -q --python-version 3.11 \
		-c requirements-dev.lock --group build -o requirements-build.lock

image: ## build the container image by $(ENGINE)
	$(ENGINE) build --tag pingparrot:$(VERSION) --build-arg VERSION=$(VERSION) \
		--build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(date -u +%Y-%m-%dT%H:%M:%SZ) $(ARGS) .

sbom: $(READY) ## list what the image installs, as CycloneDX, in dist/pingparrot.cdx.json
	$(BIN)/python -m venv --clear --without-pip build/locked
	$(BIN)/python -m pip --python build/locked/bin/python install --quiet --disable-pip-version-check \
		--no-compile --require-hashes -r requirements.lock
	sh scripts/sbom $(BIN)/cyclonedx-py build/locked/bin/python dist/pingparrot.cdx.json

clean: ## remove .venv and everything that tools cached
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

# A .venv that cannot run pip (its Python was removed, or another tool made it) is made anew. Packages that
# are there in the locked version are not fetched again, so a second run needs no network.
$(READY): requirements-dev.lock pyproject.toml
	@sh scripts/check-python $(PYTHON)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .
	@touch $@

# What reads the dashboard as people do who do not see it, and what draws the rules; without npm, their tests say
# that they are skipped.
$(NODE_MODULES): tests/web/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix tests/web --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	fi
