# Works on a bare machine with Python 3.11+, make and the system packages that .ci/run names.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: demo test lint fix bench soak lock

demo: $(INSTALLED)   ## sample portals on loopback, one real crawl, what it found
	rm -f demo.db demo.db-wal demo.db-shm demo.db.lock
	$(BIN)/gongkai demo --archive demo.db

test: $(INSTALLED) lint   ## all tests, under ten minutes on two cores
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)   ## speed as ratios to peers in one run
	$(BIN)/python benchmarks/derive.py
	$(BIN)/python benchmarks/decode.py
	$(BIN)/python benchmarks/fuzz.py
	$(BIN)/python -m benchmarks.column
	$(BIN)/python benchmarks/crawl.py
	$(BIN)/python benchmarks/many.py
	$(BIN)/python benchmarks/long_list.py
	$(BIN)/python benchmarks/storage.py
	$(BIN)/python -m benchmarks.near
	$(BIN)/python -m benchmarks.mirrors
	$(BIN)/python -m benchmarks.faultweb
	$(BIN)/python -m benchmarks.near_index

soak: $(INSTALLED)   ## kills and long runs
	$(BIN)/python benchmarks/soak.py
	$(BIN)/python -m benchmarks.year
	$(BIN)/python -m benchmarks.longrun

lock: $(INSTALLED)   ## requirements.lock: hashes, no index address
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host \
		--no-emit-find-links --no-emit-options --no-header --allow-unsafe --extra dev --output-file requirements.lock pyproject.toml

$(INSTALLED): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
