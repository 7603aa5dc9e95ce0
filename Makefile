# `make` alone explains itself.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest

.PHONY: help setup run reset test quick races journeys check format migration seed

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  One file or test: make test T=tests/sandbox/test_postgres.py"

setup: ## make .venv and install what tests and tools need
	@sh sandbox/setup.sh dev

run: ## start everything on this machine; Ctrl-C stops it
	@sh sandbox/setup.sh local
	@exec $(PYTHON) -m sandbox run --with-parent

reset: ## empty instance/: database, mails, logs, secrets
	@sh sandbox/setup.sh local
	@$(PYTHON) -m sandbox reset

test: ## every test, or one: make test T=path
	@sh sandbox/setup.sh dev
	@$(PYTEST) $(T)
