# `make serve` and `make test` do all the set-up on a machine with nothing but make and python3.
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONWARNINGS := ignore
# The OpenBLAS in scipy 1.10 ends the process in its own kernels for processors younger than itself.
export OPENBLAS_CORETYPE ?= Haswell

UV_VERSION := 0.13.9
AUDIT_VERSION := 2.10.1
# Per cent of lines and branches; a whole run with the slow tests, without the browser's, reaches 97.
COVERED := 95
UV := .tools/bin/uv
COMPILE := $(UV) pip compile --quiet pyproject.toml --universal --generate-hashes
BIN := .venv/bin

.PHONY: serve test test-slow coverage setup lint lock update audit release clean

serve: setup
	$(BIN)/yibao serve

test: lint
	$(BIN)/yibao validate
	$(BIN)/rasa data validate --fail-on-warnings
	$(BIN)/yibao train
	$(BIN)/python -m pytest -m "not slow" --ignore tests/browser
# On its own: Playwright keeps an event loop running in its process.
	$(BIN)/python -m pytest tests/browser

# Faults, many workers, personal data through every channel: minutes each.
test-slow: setup
	$(BIN)/yibao train
	$(BIN)/python -m pytest -m slow

# Lines and branches, with what the servers do that tests start; the slow tests count.
coverage: setup
	$(BIN)/yibao train
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --ignore tests/browser
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under $(COVERED)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: .venv/installed

# --seed: rasa_sdk and jieba import pkg_resources. Compiled once, since PYTHONDONTWRITEBYTECODE may be set.
.venv/installed: requirements-dev.lock pyproject.toml $(UV)
	$(UV) venv --quiet --python 3.10 --clear .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
	touch $@

$(UV):
	python3 -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# What runs, and the same with what tests and checks need: the image holds only the first.
lock: $(UV)
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock

# Once a month; what has changed is to be read, tested and committed.
update: $(UV)
	$(MAKE) lock COMPILE="$(COMPILE) --upgrade"
	$(MAKE) audit
	git diff --stat -- requirements.lock requirements-dev.lock

# Asks PyPI for known holes; fails where it can't be asked.
audit: $(UV)
	$(UV) tool run pip-audit==$(AUDIT_VERSION) --requirement requirements.lock --require-hashes --disable-pip --strict

# What is committed, with all checks before it: make release VERSION=1.2.3
release: test test-slow
	$(BIN)/python -m scripts.release "$(VERSION)"

clean:
	rm -rf dist .venv .tools models var results .rasa
