# Every target sets up what it needs: `make repro` and `make test` work in a fresh clone.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := true
export MLFLOW_DISABLE_TELEMETRY := true

.PHONY: help repro quick test long leaks lint unit coverage bench bench-tables bench-versions torture torture-cluster verify baselines permutation claims claims-long ui mlflow-rebuild lock clean docs

help:
	@echo "make repro   run the whole pipeline: data -> sweeps -> selection -> one test score"
	@echo "make quick   lint, types, import contracts and the tests that start no process and no MLflow (a minute)"
	@echo "make test    lint, types, import contracts and tests (some minutes)"
	@echo "make long    the tests that take minutes: README's commands, kills, disks that fail, published curves, whole pipelines"
	@echo "make leaks   leaks planted in data and code: how many are caught, and that sound data raise no alarm"
	@echo "make baselines  every simple rule beside the selected network, those that take long too"
	@echo "make permutation  the selected settings trained on shuffled labels: what nothing to learn would score"
	@echo "make claims  the notes' claims, each computed and judged (10 minutes, once); then the table of verdicts"
	@echo "make claims-long  known networks on the full MNIST files, each scored once (about an hour, once)"
	@echo "make coverage  how often the intervals of a test score hold, by simulation (some minutes)"
	@echo "make bench   the engine against scikit-learn, PyTorch, JAX and NumPy, on one core (10 minutes)"
	@echo "make bench-tables  the default experiment against tuned networks and boosting, on ten tables (hours, once)"
	@echo "make bench-versions OTHER=DIR   this checkout against another one, epoch by epoch"
	@echo "make torture kill -9 at 100 moments, disks that fail, power cuts (as root), servers that are down (some hours)"
	@echo "make torture-cluster  Slurm and Ray over three hosts of namespaces: nodes, heads, networks and disks that fail (an hour, root)"
	@echo "make verify  train the selected trial again and compare the weights, bit for bit"
	@echo "make ui      the MLflow UI on this machine, opened on the leaderboard"
	@echo "make mlflow-rebuild   MLflow's database anew from the store of trials; the old one is kept aside"
	@echo "make docs    the site, from this checkout alone: the notes formula by formula, claims, lessons, settings"
	@echo "make lock    resolve the dependencies anew into the lock files"
	@echo "make clean   remove what the pipeline made (the store of trials too)"

# What DVC would stop at is said in the pipeline's words, or mended, before.
repro: $(VENV)/run
	@python -m pipeline.preflight
	dvc repro
	python -m pipeline.reporting.summary

test: lint unit

quick: lint
	pytest -n 2 -m "not processes and not slow and not ci and not torture"

lint: $(VENV)/dev
	ruff check .
	ruff format --check .
	mypy
	lint-imports

unit: $(VENV)/dev
	pytest -n 2

# .ci/run runs these too.
long: $(VENV)/dev
	pytest -n 2 -m ci

# What is planted in data and in the code of training, and what of it is found or stopped; sound data with no alarm.
leaks: $(VENV)/dev
	pytest -n 2 tests/leaks -m "not torture"

# How often the test score's intervals hold the true one, by simulation.
coverage: $(VENV)/dev
	python -m tests.reporting.simulated

# The peers that the engine is measured against; nothing else needs them.
bench: $(VENV)/dev
	@python -c "import jax, torch" 2>/dev/null || python -m pip install --quiet --disable-pip-version-check -e .[bench]
	python -m benchmarks $(BENCH)
	@test -n "$(BENCH)" || python -m benchmarks.many
	@test -n "$(BENCH)" || python -m benchmarks.pipeline

# Only what is not kept from before is trained; BENCH="--only ours --splits 2" and the like narrow it.
bench-tables: $(VENV)/dev
	@python -c "import pytabkit, torch" 2>/dev/null || python -m pip install --quiet --disable-pip-version-check -e .[bench]
	python -m benchmarks.tables $(BENCH)

# Another checkout of the project: did a change cost speed?
bench-versions: $(VENV)/dev
	python -m benchmarks.versions $(OTHER)

# 100 times kill -9, every change on disk failing once, power cuts, a tracking server that is down or slow: some hours.
torture: $(VENV)/dev
	python -m tests.torture.kills $(TORTURE)
	python -m tests.torture.io_failures
	python -m tests.torture.power_cuts $(POWER_CUTS)
	pytest -m torture

# Slurm and Ray over three hosts made of namespaces; needs root, Debian's slurm-wlm and munge, and the extras slurm and ray.
torture-cluster: $(VENV)/dev
	python -m tests.torture.cluster $(TORTURE)

# Train the selected trial again, from nothing: the same weights, bit for bit?
verify: $(VENV)/run
	python -m pipeline.trials verify

ui: $(VENV)/run
	python -m pipeline.tracking.ui

# Like the stage of that name, but nothing is skipped for its cost.
baselines: $(VENV)/run
	python -m pipeline.stages.baselines all

permutation: $(VENV)/run
	python -m pipeline.trials permutation

# Only what has changed is computed.
claims: $(VENV)/run
	dvc repro claims/dvc.yaml
	python -m pipeline.claims
	python -m pipeline.tracking.laboratory

# Needs the MNIST files in the folder that conf/claims/known_networks.yaml names; what was scored is not trained again.
claims-long: $(VENV)/run
	dvc repro claims/long/dvc.yaml
	python -m pipeline.claims
	python -m pipeline.tracking.laboratory

mlflow-rebuild: $(VENV)/run
	python -m pipeline.tracking.rebuild

# Into build/site/html; no page needs a network. A warning is an error: links are checked, quoted functions must be there.
docs: $(VENV)/dev
	python docs/site

# One stamp per set of packages; the development set contains the other one.
$(VENV)/run: requirements.lock pyproject.toml
	$(call install,requirements.lock)

$(VENV)/dev: requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch $(VENV)/run

define install
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11, 3.12 or 3.13 found; install one or pass PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing $(1) into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@
endef

# Needs uv. One resolution for Python 3.11 to 3.13; the lock names no package index.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --quiet --extra pipeline pyproject.toml
lock:
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) -o requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra remote -c requirements.lock -o requirements-remote.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra dev --extra docs --extra postgres --extra remote --extra search --extra slurm -c requirements.lock -o requirements-dev.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra search -c requirements.lock -o requirements-search.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra slurm -c requirements.lock -o requirements-slurm.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra ray -c requirements.lock -o requirements-ray.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) --extra postgres -c requirements.lock -o requirements-postgres.lock

# Only what dvc.yaml declares as made, and the store of trials: a file of yours in data/, reports/ or models/ stays.
clean:
	python -m pipeline.sealing.cleaning
