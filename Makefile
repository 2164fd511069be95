# Two commands do everything: `make run` and `make test`. The rest are their steps.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
# On Linux elsewhere, for the CPU build of PyTorch: make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu (see the README).
TORCH_INDEX ?=
# The one package without a hash: its file differs from index to index (see docs/licences.md).
TORCH := $(shell sed -n 's/.*"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
QUESTION ?= Which foods are rich in magnesium?

.PHONY: help run setup build test check setup-dev browser eval eval-quick fit remove-sample lock audit sbom clean

help:
	@echo "make run            set up, build the index, answer a first question, serve the chat page"
	@echo "make test           set up, install what the tests need, run every check"
	@echo "make setup          only the environment: $(BIN)/assistant"
	@echo "make remove-sample  serve only the publisher's entries from now on"
	@echo "make eval           how well it answers the labelled questions: build/report/report.html"
	@echo "make eval-quick     the same with one question in five, under two minutes"
	@echo "make fit            fit the silence decision anew"
	@echo "make sbom           what is installed, with licences: build/sbom.json"
	@echo "make audit          known vulnerabilities of what is installed"
	@echo "make clean          remove the environment and the built index"

run: build
	@echo; echo "== A first question: $(QUESTION)"
	@$(BIN)/assistant ask "$(QUESTION)"
	@echo; echo "== The chat page: http://$(HOST):$(PORT)/"
	@$(BIN)/assistant serve --host $(HOST) --port $(PORT)

setup: $(VENV)/installed

$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; name one with: make setup PYTHON=/path/to/python3.11" >&2; exit 2; }
	@echo "== Setting up $(VENV) with $$($(PYTHON) --version): 87 packages, 1.6 GB, about a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") $(TORCH)
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -q -e .
	@$(BIN)/python -c 'import torch' 2>/dev/null || { echo \
	  "PyTorch cannot be loaded: this is its CUDA build without CUDA. Run: make clean setup TORCH_INDEX=https://download.pytorch.org/whl/cpu" >&2; exit 2; }
	@touch $@

build: setup
	@echo "== Building the index"
	@$(BIN)/assistant build

test: setup-dev browser
	@$(MAKE) --no-print-directory check

setup-dev: $(VENV)/installed-dev

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	@echo "== Installing what the tests need"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes -q -r requirements-dev.txt
	@touch $@

# The page's tests drive a real browser; without one they skip, and say so.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || { \
	  echo "== Installing Chromium for the page's tests"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "no Chromium, and it cannot be installed without root: the page's tests will skip"; fi; }

check:
	@echo "== Style";  $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "== Types";  $(BIN)/mypy
	@echo "== Tests";  $(BIN)/pytest -n auto --dist loadfile
	@echo "== Evaluation"; $(BIN)/python -W ignore -m eval --quick

eval: setup-dev
	@$(BIN)/python -W ignore -m eval

eval-quick: setup-dev
	@$(BIN)/python -W ignore -m eval --quick

fit: setup-dev
	@$(BIN)/python -W ignore -m eval.fit_silence

remove-sample:
	@$(BIN)/assistant withdraw --provenance sample && $(BIN)/assistant build

# uv only writes the hashes of every file that the index has of a version; pip installs.
UV := 0.13.9
HASHED := build/lock/bin/uv pip compile -q --no-deps --no-header --no-annotate --generate-hashes

lock:
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/pip install -q . hatchling==1.33.0 editables && build/lock/bin/pip uninstall -q -y assistant
	@build/lock/bin/pip freeze --all | grep -v '^pip==\|^torch==' > build/lock/plain.txt
	@build/lock/bin/pip install -q $$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"])')
	@build/lock/bin/pip freeze --all | grep -v '^pip==\|^torch==' | grep -vxFf build/lock/plain.txt > build/lock/plain-dev.txt
	@build/lock/bin/pip install -q uv==$(UV)
	@{ echo "# What is installed and tested, exactly, but for torch. Made by 'make lock' from the dependencies in pyproject.toml."; \
	  $(HASHED) build/lock/plain.txt; } > build/lock/requirements.txt
	@{ echo "# What the tests need on top of requirements.txt. Made by 'make lock'."; \
	  $(HASHED) build/lock/plain-dev.txt; } > build/lock/requirements-dev.txt
	@mv build/lock/requirements.txt build/lock/requirements-dev.txt .

# Known vulnerabilities of what is locked; needs the network.
audit:
	@test -d build/audit || { $(PYTHON) -m venv build/audit && build/audit/bin/pip install -q pip-audit==2.10.1; }
	@build/audit/bin/pip-audit --require-hashes --disable-pip -r requirements.txt

# A bill of materials of what is installed, with licences: build/sbom.json, CycloneDX.
sbom: setup
	@test -d build/sbom || { $(PYTHON) -m venv build/sbom && build/sbom/bin/pip install -q cyclonedx-bom==7.5.0; }
	@build/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o build/sbom.json $(BIN)/python
	@echo "wrote build/sbom.json"

clean:
	@rm -rf $(VENV) build index/CURRENT index/.lock index/.embedded index/[0-9a-f]*
