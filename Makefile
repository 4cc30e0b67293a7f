# Everything installs itself: `make test` and `make demo` need only Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
IN_PARALLEL := --numprocesses auto --maxprocesses 4 --dist worksteal
# Without compiled modules each start of a command takes three times as long, and the tests start many.
unexport PYTHONDONTWRITEBYTECODE
PROJECTS := pyproject.toml sandbox/pyproject.toml
READY := $(VENV)/.installed-$(shell cksum requirements.lock $(PROJECTS) | cksum | cut -d' ' -f1)

MELTANO := .venv-meltano
MELTANO_READY := $(MELTANO)/.installed-$(shell cksum < requirements-meltano.lock | cut -d' ' -f1)

DBT := .venv-dbt
DBT_LOCK := integrations/dbt/requirements.lock
DBT_READY := $(DBT)/.installed-$(shell cksum < $(DBT_LOCK) | cut -d' ' -f1)

AIRFLOW := .venv-airflow
AIRFLOW_LOCK := integrations/airflow/requirements.lock
AIRFLOW_PROJECT := integrations/airflow/pyproject.toml
AIRFLOW_READY := $(AIRFLOW)/.installed-$(shell cksum $(AIRFLOW_LOCK) $(AIRFLOW_PROJECT) | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.PHONY: help install demo airflow airflow-demo test test-services judge check format sandbox live bench soak lock packages site

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

install: $(READY) ## Set up .venv from the locked requirements (done by every other target)

# The stamp's name is a checksum of the lock: a changed lock file installs again, an unchanged one starts at once.
$(READY): requirements.lock $(PROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable . --editable ./sandbox
	@rm -f $(VENV)/.installed-*
	@touch $@

# dbt and DuckDB 1 have no releases for Python 3.14 and newer. uv finds an older Python, or downloads one.
OLDER = $$($(BIN)/python -c 'import sys; print("3.13" if sys.version_info >= (3, 14) else sys.executable)')

# Meltano pins many libraries of its own, so it lives apart, as it does for its users.
$(MELTANO_READY): requirements-meltano.lock | $(READY)
	@test -x $(MELTANO)/bin/python || $(BIN)/uv venv --quiet --python "$(OLDER)" $(MELTANO)
	@$(BIN)/uv pip sync --quiet --python $(MELTANO)/bin/python requirements-meltano.lock
	@rm -f $(MELTANO)/.installed-*
	@touch $@

# dbt pins libraries that the others pin differently.
$(DBT_READY): $(DBT_LOCK) | $(READY)
	@test -x $(DBT)/bin/python || $(BIN)/uv venv --quiet --python "$(OLDER)" $(DBT)
	@$(BIN)/uv pip sync --quiet --python $(DBT)/bin/python $(DBT_LOCK)
	@rm -f $(DBT)/.installed-*
	@touch $@

# Airflow has two hundred pins.
$(AIRFLOW_READY): $(AIRFLOW_LOCK) $(AIRFLOW_PROJECT) | $(READY)
	@test -x $(AIRFLOW)/bin/python || $(BIN)/uv venv --quiet --python "$(OLDER)" $(AIRFLOW)
	@$(BIN)/uv pip sync --quiet --python $(AIRFLOW)/bin/python $(AIRFLOW_LOCK)
	@$(BIN)/uv pip install --quiet --no-deps --python $(AIRFLOW)/bin/python --editable ./integrations/airflow
	@rm -f $(AIRFLOW)/.installed-*
	@touch $@

airflow: $(AIRFLOW_READY)

airflow-demo: $(READY) $(AIRFLOW_READY) ## 50 sandbox sites, one of them broken, on Airflow (about two minutes)
	@$(BIN)/python -m examples.airflow_demo

demo: $(READY) $(MELTANO_READY) $(DBT_READY) ## Sandbox shop -> DuckDB with Meltano, change the shop, extract again (about two minutes)
	@$(BIN)/python -m examples.demo

test: $(READY) ## Run the tests
	@$(BIN)/pytest $(IN_PARALLEL)

test-services: $(READY) ## Run what `make test` leaves out: browsers, Node, Meltano, Airflow, builds, more cases; what is missing is skipped with a reason
	@$(BIN)/pytest -m "services and not soak"

judge: $(READY) ## Drive the sandbox with Wix's official JavaScript client (needs Node 18+ and npm)
	@SERVICES=required $(BIN)/pytest -m services sandbox/tests/official_client

check: $(READY) ## Format, lint, types, import contracts, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest $(IN_PARALLEL)

format: $(READY) ## Format the code and fix what the linter can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

sandbox: $(READY) ## Start a local Wix with a seeded shop
	@$(BIN)/wix-sandbox

live: $(READY) ## Try both plugins on a test site of your own (docs/live.md)
	@LOGLEVEL=$${LOGLEVEL:-WARNING} $(BIN)/python -m live

bench: $(READY) ## Measure tap and target against the sandbox (about two hours; docs/performance.md has parts of it)
	@$(BIN)/python -m benchmarks

soak: $(READY) ## Long random runs (many minutes)
	@$(BIN)/pytest $(IN_PARALLEL) -m soak

packages: $(READY) ## Build all packages into dist/, twice, and compare
	@$(BIN)/python -m tools.release build dist

site: $(READY) ## Build the documentation into site/
	@PYTHONPATH=. NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lock: ## Resolve the dependencies again and write all lock files
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev $(PROJECTS) -o requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url requirements-meltano.in -o requirements-meltano.lock
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url integrations/dbt/requirements.in -o $(DBT_LOCK)
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url integrations/airflow/requirements.in -o $(AIRFLOW_LOCK)
