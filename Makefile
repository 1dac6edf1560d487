# The developer's interface. `make` alone prints what there is.

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python

# What pytest gets: three processes on two cores, as most tests wait most of the time; the tests of one file in one of them,
# so that what they share is started once.
PYTEST_ARGS ?= -n 3 --dist loadfile
# What the started program gets: `make run ARGS=--verbose`.
ARGS ?=
# How many executions `make seed` writes.
N ?= 1000
# The extras of a complete installation.
EVERYTHING := web,embedded,examples

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test quick mutants check bench soak seed screenshots settings-page

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed-run ## Start everything on http://127.0.0.1:8000 (another port: PORT=8123 make run)
	@exec env $(if $(PORT),CELERIAC_PORT=$(PORT)) $(PYTHON_IN_VENV) -m celeriac up $(ARGS)

test: $(VENV)/.installed-test ## Run every test, in a real browser too (one file: PYTEST_ARGS=tests/unit/test_x.py)
	@sh scripts/browser.sh $(PYTHON_IN_VENV)
	@sh scripts/redis_server.sh
	@sh scripts/rabbitmq.sh
	@$(PYTHON_IN_VENV) -m pytest $(PYTEST_ARGS)

quick: $(VENV)/.installed-test ## Run the tests that need no worker and no browser, in two minutes at most
	@$(PYTHON_IN_VENV) -m pytest $(PYTEST_ARGS) tests/unit tests/project tests/integration/store

mutants: $(VENV)/.installed-test ## Prove that the tests bite: each deliberate mistake must make one fail
	@$(PYTHON_IN_VENV) -m tests.mutants

check: $(VENV)/.installed-check ## Lint, format, types and layers
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/.installed-test ## Measure: workflows against plain Celery, pages, the browser
	@sh scripts/browser.sh $(PYTHON_IN_VENV)
	@$(PYTHON_IN_VENV) -m tests.bench $(ARGS)

soak: $(VENV)/.installed-test ## The long tests, the full counts, then ten minutes of random kills and losses (ARGS='--seconds 60 --seed 1')
	@sh scripts/browser.sh $(PYTHON_IN_VENV)
	@$(PYTHON_IN_VENV) -m pytest -m long --timeout 3600
	@FULL_COUNTS=1 $(PYTHON_IN_VENV) -m pytest $(PYTEST_ARGS) -m "sampled or hypothesis" --timeout 3600
	@$(PYTHON_IN_VENV) -m tests.soak $(ARGS)

seed: $(VENV)/.installed-test ## Fill the store of CELERIAC_REDIS_URL with N ended executions, of every kind (N=1000)
	@$(PYTHON_IN_VENV) -m tests.seed $(N)

screenshots: $(VENV)/.installed-test ## Write docs/images/: every page, light and dark, wide and narrow
	@sh scripts/browser.sh $(PYTHON_IN_VENV)
	@$(PYTHON_IN_VENV) -m tests.screenshots

settings-page: $(VENV)/.installed-run ## Write docs/reference/settings.md from engine/settings.py
	$(PYTHON_IN_VENV) scripts/settings_page.py > docs/reference/settings.md

# One mark per set of packages; a change of what is to be installed installs again.
$(VENV)/.installed-run: pyproject.toml constraints.txt scripts/install.sh
	@sh scripts/install.sh $(VENV) '.[$(EVERYTHING)]'
	@touch $@

$(VENV)/.installed-%: pyproject.toml constraints.txt scripts/install.sh
	@sh scripts/install.sh $(VENV) '.[$(EVERYTHING),$*]'
	@touch $@
