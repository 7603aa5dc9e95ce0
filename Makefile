# `make` alone explains itself. Everything below runs in .venv, which `make setup` makes.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
QUICK := -m "not slow" --ignore=tests/journeys --ignore=tests/races --ignore=tests/stateful --ignore=tests/faults
# Side by side, but what starts the whole product in one line; one file or one test alone.
SIDE_BY_SIDE = $(if $(T),$(T),-n auto --maxprocesses 4 --dist loadgroup)
MODULES = find static/js tests/js -name '*.js' -not -path '*/vendor/*'

.PHONY: help setup local run reset test check quick races journeys chaos bench simulate migration seed \
	format formatted lint types contracts templates modules browser

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: local ## start everything on this machine; Ctrl-C stops it
	@exec $(PYTHON) -m sandbox run --with-parent

reset: local ## empty instance/: database, mails, logs, secrets
	@$(PYTHON) -m sandbox reset

setup: ## make .venv with all that tests and tools need
	@sh sandbox/setup.sh dev

local:
	@sh sandbox/setup.sh local

test: setup browser ## every test; one file or one test: make test T=path
	@$(PYTEST) $(SIDE_BY_SIDE)

quick: setup ## the tests that take well under two minutes
	@$(PYTEST) -q -n auto --maxprocesses 4 $(QUICK)

races: setup ## many at once for the last place: threads, real commits
	@$(PYTEST) tests/races

journeys: setup browser ## a real browser against the real processes
	@$(PYTEST) tests/journeys

chaos: setup ## two minutes of sales while everything is killed: make chaos a="--seed 7"
	@$(PYTHON) -m tests.faults $(a)

bench: setup ## how fast and how dear: make bench a="--only holds"
	@$(PYTHON) -m bench $(a)

simulate: setup ## a million people, 20,000 tickets, all faults: make simulate a="--only pause"
	@$(PYTHON) -m bench.simulate $(a)

check: formatted lint types contracts templates modules quick ## what must hold before a commit

format: setup ## put the Python files into form
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

migration: setup ## draw a migration from the models: make migration m="add hold expiry"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add hold expiry"'; exit 1; }
	@$(PYTHON) -m sandbox engines -- sh -c '$(PYTHON) -m tests.migrate --new "$$1" "$$DATABASE_URL"' - "$(m)"

seed: local ## load the ten demo events into what `make run` has started
	@$(PYTHON) -m tixapp seed

formatted: setup
	@$(PYTHON) -m ruff format --check .

lint: setup
	@$(PYTHON) -m ruff check .

types: setup
	@$(PYTHON) -m mypy

contracts: setup
	@.venv/bin/lint-imports --no-logo

templates: setup
	@$(PYTHON) -m djlint templates --lint --quiet

modules:
	@if command -v node >/dev/null 2>&1; then \
		$(MODULES) -print0 | xargs -0 -n1 node --check && node --test --test-reporter=dot tests/js/; \
	else \
		echo '!!! JAVASCRIPT WAS NOT CHECKED: node is not on the path. Install Node 20 or newer.'; \
	fi

browser: setup
	@$(PYTHON) -m tests.chromium
