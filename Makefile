# Bare `make` prints help. Everything runs in .venv, made from constraints.txt on the first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FAB := .venv-fab
MLFLOW := .venv-mlflow
STAMP := $(VENV)/.installed
PORT ?= 8080
DEMO ?=
REGISTER ?=
API_REGISTER ?=
TESTS ?= tests
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup fab mlflow examples demo test lint types check docs reliability agreement bench

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## .venv with the pinned versions and this package

# setuptools builds pyspark, which comes as source; what a new environment has of it is too old.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d; try: make PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || { echo "making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "installing pinned packages, some minutes on the first time ..."
	@$(PIP) pip hatchling editables setuptools
	@$(PIP) --no-build-isolation --editable '.[skops,onnx,xgboost,lightgbm,pmml,decisions,graph,bayes-net,excel,sagemaker,serve,postgres,warehouse,spark,passkeys,timestamps,shap,notify,dev]'
	@touch $@

fab: $(FAB)/.installed ## .venv-fab with Airflow's FAB auth manager; tests/e2e/test_fab.py needs it

# Its versions do not go together with constraints.txt.
$(FAB)/.installed: pyproject.toml .ci/beside.txt
	@test -x $(FAB)/bin/python || { echo "making $(FAB) ..."; $(PYTHON) -m venv $(FAB); }
	@echo "installing Airflow with FAB, some minutes on the first time ..."
	@$(FAB)/bin/python -m pip install --quiet --disable-pip-version-check --constraint .ci/beside.txt hatchling editables
	@$(FAB)/bin/python -m pip install --quiet --disable-pip-version-check --constraint .ci/beside.txt --no-build-isolation \
	  --editable '.[passkeys]' apache-airflow-providers-fab
	@touch $@

mlflow: $(MLFLOW)/.installed ## .venv-mlflow with a real MLflow; tests/targets/test_mlflow_server.py needs it

# A hundred packages that nothing of ours imports, with versions of their own.
$(MLFLOW)/.installed: .ci/mlflow.txt
	@test -x $(MLFLOW)/bin/python || { echo "making $(MLFLOW) ..."; $(PYTHON) -m venv $(MLFLOW); }
	@echo "installing MLflow, a minute or two on the first time ..."
	@$(MLFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --requirement .ci/mlflow.txt
	@touch $@

examples: ## the example programs in C++ and Java; what has no compiler here is told and left out
	@$(MAKE) --no-print-directory --directory examples/programs

demo: setup examples ## a complete Airflow with the examples; DEMO=check plays it to the end; REGISTER=URL API_REGISTER=URL: on Postgres
	@$(BIN)/modelops up --demo --port $(PORT) $(if $(filter check,$(DEMO)),--check) \
	  $(if $(REGISTER),--register '$(REGISTER)') $(if $(API_REGISTER),--api-register '$(API_REGISTER)')

test: setup examples ## all tests; TESTS=tests/spec for some
	@$(BIN)/python -m pytest $(TESTS) -m 'not alone' -n auto --dist loadfile; beside=$$?; \
	  echo "and those that run an Airflow or measure time, one after the other:"; \
	  $(BIN)/python -m pytest $(TESTS) -m alone; alone=$$?; \
	  case $$beside$$alone in 00|05|50) ;; *) exit 1;; esac  # 5: pytest found none of that sort

lint: setup ## style and import directions
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache

types: setup ## mypy, strict
	@$(BIN)/mypy

docs: setup ## write docs/reference anew from the code
	@$(BIN)/python docs/generate.py

reliability: setup ## measure docs/reliability.md in full, about two hours; SEED=n repeats a run
	@PYTHONPATH=tests $(BIN)/python tests/reliability/report.py $(if $(SEED),--seed $(SEED))

agreement: setup ## measure docs/agreement.md: statistics beside the libraries that they equal, about 20 minutes
	@PYTHONPATH=tests $(BIN)/python tests/agreement/agreement_report.py

bench: setup .venv-nannyml/.installed .venv-whylogs/.installed ## measure docs/benchmarks.md: the checks beside the libraries for them, about 15 minutes
	@$(BIN)/python benchmarks/checks.py

# Peers whose versions do not go together with constraints.txt; one that cannot be installed is told on the page.
.venv-nannyml/.installed .venv-whylogs/.installed: .venv-%/.installed: benchmarks/%.txt
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@echo "installing $* ..."
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< && touch $@ || echo "$* cannot be installed and is not measured"

check: lint types test ## what CI runs, but the demo
