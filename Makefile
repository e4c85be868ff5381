# Every command builds what it needs first. The recipes keep to GNU make 3.81, which macOS ships.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed
DEVSTACK := $(PYTHON) -m pointsys.devstack
ROOMS := pointsys stores ledger settlement vouchers cards callcenter consultations

.PHONY: help run test setup check fix bench requirements lock stop reset shell-env

help: ## List these commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1@\2/' | awk -F@ '{ printf "%-22s %s\n", $$1, $$2 }'

run: $(STAMP) ## Start the demo: database, broker, web, worker, scheduler (PORT=8000)
	@exec $(DEVSTACK) run

test: $(STAMP) ## Run the test suite (ARGS="…" goes to pytest)
	@exec $(DEVSTACK) test $(ARGS)

setup: $(STAMP) ## Build the virtual environment from the hashed lock

check: $(STAMP) ## Format, lint, types, import contracts, migrations, deployment, requirements
	@exec sh .ci/check

fix: $(STAMP) ## Format the code and mend what can be mended automatically
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format .

bench: $(STAMP) ## Print one JSON line per benchmark (ARGS="…")
	@exec $(DEVSTACK) bench $(ARGS)

requirements: $(STAMP) ## Write docs/requirements.md from the tests' marks
	@exec $(PYTHON) -m tests.plugins.requirements

stop: $(STAMP) ## Stop a running demo from another terminal
	@exec $(DEVSTACK) stop

reset: $(STAMP) ## Delete the demo's data
	@exec $(DEVSTACK) reset

shell-env: $(STAMP) ## Print the running demo's environment: eval "$$(make -s shell-env)"
	@exec $(DEVSTACK) shell-env

lock: ## Renew the hashed locks from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate -o requirements.lock && \
	uv pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate -c requirements.lock -o requirements-dev.lock

# The servers' user must be able to read the environment, so a umask of 077 is widened.
$(STAMP): requirements-dev.lock .ci/venv
	@umask 022 && sh .ci/venv $(VENV) requirements-dev.lock && touch $(STAMP)
