# Pinzhi: two commands, `make demo` and `make test`. Everything else is listed by `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
.PHONY: help setup setup-test setup-bench demo test test-fast bench lint docs licences lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## environment, front-end assets and translations, by lock
	@bash tools/setup.sh base

setup-test: ## the same plus what the tests need (browser, fonts, PostgreSQL, Java)
	@bash tools/setup.sh test

setup-bench: ## the same plus the peers of the benchmarks
	@bash tools/setup.sh bench

demo: setup ## from bare Python to a living page on http://127.0.0.1:8000 (DEMO_ARGS, DEMO_DATA)
	@$(BIN)/pinzhi demo $(if $(DEMO_DATA),--data "$(DEMO_DATA)") $(DEMO_ARGS)

test: setup-test lint ## everything: shape, unit, stories, PostgreSQL, browser, faults
	@$(BIN)/python tools/run_tests.py

test-fast: ## unit and shape tests on SQLite, in parallel
	@$(BIN)/python -m pytest -q -n 2 -m "not browser and not postgres and not faults and not slow"

bench: setup-bench ## the benchmarks beside their peers; writes bench/results/<date>.json
	@$(BIN)/python -m bench

lint: ## ruff, mypy, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

docs: ## regenerate the reference pages from the code
	@$(BIN)/pinzhi docs write

licences: ## the licence of everything shipped; fails on one that is not allowed
	@$(BIN)/python tools/licences.py

lock: ## recompile the hash locks (no addresses in them)
	@bash tools/lock.sh

clean: ## remove what can be made again
	@rm -rf .venv .tools var node_modules bench/results .mypy_cache .ruff_cache .pytest_cache
