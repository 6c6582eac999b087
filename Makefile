# Every target sets up what it needs: git, Python >= 3.11, make and the package registries are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
UV := $(BIN)/uv
SAMPLE := clusters/dgx-spark-ci
# A registry's mirror inside a company is trusted as the system trusts it.
export UV_SYSTEM_CERTS := true
# debootstrap, sysctl and what dpkg calls lie there; not every root has it in PATH.
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: help render test lint e2e cluster cluster-down golden docs bench lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

render: $(VENV)/runtime ## render the sample cluster, clusters/dgx-spark-ci
	$(BIN)/raibid-gen render --config $(SAMPLE)/config.yaml

test: $(VENV)/dev lint ## lint, then run all tests (builds kubeconform and kustomize once, cached per user)
	$(BIN)/raibid-gen tools install
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(VENV)/dev ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

e2e: $(VENV)/dev ## run the tests on a real cluster of their own (Linux, root; skipped elsewhere)
	$(BIN)/pytest tests/cluster -vv -rs --durations=0 --durations-min=5

cluster: $(VENV)/dev ## bring up that cluster for yourself; it says how to use it
	$(BIN)/python -m tests.cluster up

cluster-down: $(VENV)/dev ## remove every trace of it
	$(BIN)/python -m tests.cluster down

golden: $(VENV)/runtime ## write the golden tree of the tests anew
	$(BIN)/raibid-gen render --output tests/golden/current

docs: $(VENV)/runtime ## write the generated references in docs/ anew
	$(BIN)/python tools/docs.py

bench: $(VENV)/bench ## measure, beside comparable tools; prints tables, asserts nothing
	$(BIN)/raibid-gen tools install
	$(BIN)/python -m tests.bench

lock: $(UV) ## resolve the lock files anew from pyproject.toml
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header --group bench -o requirements-bench.lock

clean: ## remove the environment
	rm -rf $(VENV)

$(UV):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "raibid-gen needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/runtime: requirements.lock pyproject.toml | $(UV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@: > $@

$(VENV)/dev: requirements-dev.lock $(VENV)/runtime
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@: > $@

# The compared tools live in an environment of their own: their dependencies are not ours.
$(VENV)/bench: requirements-bench.lock $(VENV)/dev
	$(UV) venv --quiet --clear $(VENV)/peers
	$(UV) pip install --quiet --python $(VENV)/peers/bin/python --require-hashes -r requirements-bench.lock
	@: > $@
