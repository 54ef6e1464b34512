# Two commands do everything on a bare Debian machine: `make run` and `make test`. `make help` lists the others.
# Variables: VENV=.venv  PYTHON=python3.11  TORCH_INDEX=<package index with CPU builds of PyTorch>  FILES="a.jpg folder/"

VENV ?= .venv
PYTHON ?=
TORCH_INDEX ?=
FILES ?= resources/samples
SCREENSHOT ?= out/symviewer.png
TESTS ?= tests
BENCH ?= $(wildcard benchmarks/*.py)
export VENV PYTHON TORCH_INDEX

BIN := $(VENV)/bin
SETUP := pyproject.toml constraints.txt scripts/find_python.sh scripts/setup_system.sh scripts/setup_venv.sh
SHOWN := $(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname)))
# Tests drive the real main window without a screen, the same everywhere.
OFFSCREEN := QT_QPA_PLATFORM=offscreen

.PHONY: help run test lint types check bench samples clean

help:
	@echo "make run     install and open the window (without a display: write a screenshot and say where)"
	@echo "make test    install and run the tests (TESTS=tests/core for a part)"
	@echo "make lint    ruff, formatting, import contracts"
	@echo "make types   mypy"
	@echo "make check   lint, types and tests"
	@echo "make bench   the benchmarks, one after the other (BENCH=benchmarks/startup.py for one)"
	@echo "make samples make the sample pictures again"
	@echo "make clean   remove the virtual environment and caches"

run: $(VENV)/.installed-run
ifneq ($(SHOWN),)
	$(BIN)/symviewer $(FILES)
else
	@echo "There is no display: rendering the window offscreen."
	@mkdir -p $(dir $(SCREENSHOT))
	$(OFFSCREEN) $(BIN)/symviewer --screenshot $(SCREENSHOT) $(FILES)
endif

test: $(VENV)/.installed-dev
	$(OFFSCREEN) $(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.installed-dev
	$(BIN)/mypy

check: lint types test

bench: $(VENV)/.installed-dev
	@for file in $(BENCH); do echo "== $$file"; $(OFFSCREEN) OMP_NUM_THREADS=1 $(BIN)/python $$file || exit 1; done

samples: $(VENV)/.installed-run
	$(BIN)/python scripts/make_samples.py

$(VENV)/.installed-run: $(SETUP)
	@scripts/setup_system.sh
	@scripts/setup_venv.sh run

$(VENV)/.installed-dev: $(SETUP)
	@scripts/setup_system.sh
	@scripts/setup_venv.sh dev

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
