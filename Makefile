# The one door: everything is started, tested and checked from here.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo run stop test faults check bench lock clean

# The first Python that is new enough.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; exit; fi; done; echo python3)
BIN := .venv/bin
SET_UP := $(PYTHON) tools/set_up.py
# Checks read the code, not the data: settings need addresses, and nobody is called there.
NOWHERE := SECRET_KEY=none DATABASE_URL=postgres://127.0.0.1:9/none REDIS_URL=redis://127.0.0.1:9 BASE_URL=http://localhost

help:  ## Show this list
	@echo "CommsPlan"; echo
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/  make \1\t\2/p; s/^\([a-z]*\):  *## \(.*\)/  make \1\t\2/p' Makefile | sort -u

demo:  ## Start everything with the sample organisation (PORT, HOST, DATA_DIR, DATABASE_URL, REDIS_URL, EMAIL_URL)
	@$(SET_UP) run
	@exec $(BIN)/python -m commsplan.embedded demo --follow-parent

run:  ## Start everything, empty; the first account is made in the browser
	@$(SET_UP) run
	@exec $(BIN)/python -m commsplan.embedded run --follow-parent

stop:  ## Stop what make demo or make run started, from another terminal (DATA_DIR)
	@$(SET_UP) run
	@exec $(BIN)/python -m commsplan.embedded stop

test:  ## Run all tests, the browser's too (ARGS="tests/notices -x" for some)
	@$(SET_UP) test
	@exec $(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-q -n $(shell $(PYTHON) tools/workers.py))

faults:  ## Let everything go wrong that can, for a quarter of an hour (SEED=… repeats the timings, ROUNDS=3)
	@$(SET_UP) test
	@FAULTS=long SEED="$(SEED)" ROUNDS="$(ROUNDS)" timeout 1500 $(BIN)/python -m pytest -q tests/faults $(ARGS)

check:  ## Check format, lint, templates, types, direction of imports, missing migrations
	@$(SET_UP) test
	$(BIN)/python -m ruff format --check --quiet .
	$(BIN)/python -m ruff check --quiet .
	@find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2 --check
	$(NOWHERE) $(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo
	$(NOWHERE) $(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings commsplan.settings

bench:  ## Measure in databases of its own (PART=plan or send; ONLY=ceiling,peers,path,many,urgent,allowed,once,history)
	@$(SET_UP) bench
	@PART="$(PART)" ONLY="$(ONLY)" $(BIN)/python -m tools.bench

lock:  ## Write the locks again, newest versions
	@$(SET_UP) test
	@LOCK="$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-config"; \
	$$LOCK --upgrade --extra local --extra dev pyproject.toml -o requirements-dev.txt && \
	cp requirements-dev.txt requirements-local.txt && $$LOCK --extra local pyproject.toml -o requirements-local.txt && \
	cp requirements-dev.txt requirements-bench.txt && $$LOCK --extra bench pyproject.toml -o requirements-bench.txt && \
	cp requirements-dev.txt requirements.txt && $$LOCK pyproject.toml -o requirements.txt && \
	$$LOCK tools/uv.in -o tools/uv.txt && $$LOCK tools/node.in -o tools/node.txt

clean:  ## Remove what set-up made; data stays
	rm -rf .venv .set-up build static/dist frontend/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
