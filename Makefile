# What a newcomer, a contributor and CI type. The first use makes .venv from the pinned, hashed constraints.

.DEFAULT_GOAL := help
.PHONY: help demo test torture check audit fix bench dev lock tour assets clean moved

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile
# The constraints name every package, so pip is asked to choose none: an older pip, asked for one with extras, looks for
# its newest release and refuses that for its missing hash. Whether any package is missing is checked afterwards.
COMPLETE := found=$$($(BIN)/python -m pip check --disable-pip-version-check) || { echo "$$found" >&2; exit 1; }
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --build-deps-for=editable \
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

# Most of what is run here starts many processes, which should not each compile the same modules again.
unexport PYTHONDONTWRITEBYTECODE

# Handed to the recipes as they were typed: a file's name may hold spaces, quotes and dollar signs.
override FILE := $(value FILE)
override ONCE := $(value ONCE)
override KAFKA := $(value KAFKA)
export FILE ONCE KAFKA

help: ## List what there is to run
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 14

demo: .venv/.stamp ## Run the hub's main job and tell its story; FILE=... takes a file of yours, KAFKA=1 a real Kafka, ONCE=1 ends
	@$(BIN)/mash demo $${FILE:+"--file=$$FILE"} $${KAFKA:+--kafka} $${ONCE:+--once}

test: .venv/.stamp-dev ## Run every test, on the real PostgreSQL; ARGS="-k name" picks some
	@$(BIN)/python -m pytest --numprocesses=3 --dist=loadfile --no-loadscope-reorder $(ARGS)

torture: .venv/.stamp-dev ## Run the long tests too: three Kafka nodes, a hundred kills; about a quarter of an hour
	@$(BIN)/python -m pytest -o faulthandler_timeout=1800 tests/torture $(ARGS)

check: .venv/.stamp-dev ## Check style, types, who imports whom, and for what is known to be insecure
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive hub producers consumers policies

audit: .venv/.stamp-dev ## Ask PyPI's database whether any pinned dependency has a known fault
	@found=$$($(BIN)/pip-audit --strict --progress-spinner=off --disable-pip --require-hashes --requirement=constraints.txt 2>&1); \
	status=$$?; printf '%s\n' "$$found"; \
	case "$$found" in *"could not be audited"*|*"onnect"*) \
	echo "The database of known faults is not reachable from here, or knows not all of this: nothing is proved." >&2;; esac; \
	exit $$status

fix: .venv/.stamp-dev ## Repair and format what can be repaired without thought
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.stamp-dev ## Measure speed and memory; ARGS="--help" says what can be chosen
	@$(BIN)/python -m tests.benchmarks $(ARGS)

dev: .venv/.stamp-dev ## Install the developer's tools and the pre-commit hooks
	@if git rev-parse --git-dir >/dev/null 2>&1; then $(BIN)/pre-commit install; fi

lock: .venv/.stamp-dev ## Pin every dependency again, with hashes; ARGS="--upgrade" takes newer versions
	@$(LOCK) $(ARGS) --output-file=constraints.txt pyproject.toml
	@$(LOCK) $(ARGS) --extra=dev --constraint=constraints.txt --output-file=constraints-dev.txt pyproject.toml

tour: .venv/.stamp-dev ## Walk the running demonstration as docs/tour.md leads, and make its pictures anew
	@$(BIN)/python -m tests.tour $(ARGS)

assets: ## Build the pages' style sheet and scripts again, into hub/web/static; needs npm, and is needed only to change them
	@cd assets && npm install --no-package-lock --no-audit --no-fund --ignore-scripts && npm run build

clean: ## Remove .venv and everything built; what the hub holds in var/ stays
	@rm -rf .venv build dist *.egg-info .coverage .coverage.* htmlcov
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find hub producers consumers policies tests -name __pycache__ -prune -exec rm -rf {} +

# The stamp holds the checkout's place: scripts in a .venv name it, so a moved or copied checkout makes its .venv anew.
ifneq ($(shell cat .venv/.stamp 2>/dev/null),$(CURDIR))
.venv/.stamp: moved
endif

.venv/.stamp: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo not there):" \
			"name one with PYTHON=, for example PYTHON=python3.12." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment: install the system's package python3-venv first." >&2; exit 1; }
	@if [ "$$(cat $@ 2>/dev/null)" != "$(CURDIR)" ]; then \
		echo "Making .venv with $$($(PYTHON) --version): the first time only, about half a minute ..."; \
		$(PYTHON) -m venv --clear .venv; fi
	@$(PIP) --no-deps --require-hashes -r constraints.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(COMPLETE)
	@echo "$(CURDIR)" > $@

.venv/.stamp-dev: .venv/.stamp constraints-dev.txt
	@echo "Adding the developer's tools to .venv ..."
	@$(PIP) --no-deps --require-hashes -r constraints-dev.txt
	@$(COMPLETE)
	@touch $@
