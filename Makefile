# Two commands for a fresh clone: `make demo` and `make test`. They need Python 3.11 or newer, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The demo is for the embedded server, whatever database this shell or a .env is set up for.
ALONE := env -u DATABASE_URL -u DB_HOST -u DB_PORT -u DB_USER -u DB_PASSWORD -u DB_NAME ALPHANEST_EMBEDDED=1
# Where Python is told to write no bytecode (PYTHONDONTWRITEBYTECODE), every command would compile us anew, for half of its start.
COMPILE := $(BIN)/python -m compileall -q alphanest_db

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench constraints clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(VENV)/installed  ## Start a PostgreSQL, migrate it and fill it with demo data
	@$(ALONE) $(BIN)/alphanest --env-file /dev/null init --demo
	@echo "  (alphanest is $(BIN)/alphanest: try \`source $(BIN)/activate\`)"

test: $(VENV)/installed-dev  ## Run all tests
	$(BIN)/pytest -n auto --dist worksteal

lint: $(VENV)/installed-dev  ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/installed-dev  ## Write docs/cli.md anew
	$(BIN)/python docs/generate.py

bench: $(VENV)/installed-dev  ## Measure what we claim
	$(BIN)/python -m benchmarks

constraints: $(VENV)/installed-dev  ## Pin what is installed now
	$(BIN)/pip freeze --exclude-editable | grep -v '^-' > constraints.txt

clean:  ## Remove the virtual environment and what was built
	rm -rf $(VENV) build dist

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@$(COMPILE)
	@touch $@

$(VENV)/installed-dev: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@$(COMPILE)
	@touch $@ $(VENV)/installed
