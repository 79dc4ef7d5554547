# The commands of this project. "make run" and "make test" each do all the set-up they need; nothing is done twice.
#
#   make run     build, then show both kinds of plugin at work
#   make test    every test: C (plain and under sanitizers), TypeScript, the real program
#   make check   formatter, linter, types, unused code, import directions
#   make bench   the benchmarks, as ratios against peers measured in the same run
#   make setup   only the set-up: bin/osp and bin/osaurus work afterwards

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ROOT := $(CURDIR)
export PATH := $(ROOT)/.node/bin:$(ROOT)/node_modules/.bin:$(PATH)

NODE := .node/ready
MODULES := node_modules/.package-lock.json
RUNNER := build/native/osprey-runner
CHECKED_RUNNER := build/native/osprey-runner-checked
DATABASE := build/native/osprey-database
PROGRAM := dist/start.cjs
DASHBOARD := dashboard/dist/index.html
CSV := build/examples/csv-inspect.$(if $(filter Darwin,$(shell uname -s)),dylib,so)

SOURCES := $(shell find src -name '*.ts' ! -name '*.test.ts')
DASHBOARD_SOURCES := $(shell find dashboard/src -type f ! -name '*.test.ts') $(shell find src/protocol -name '*.ts' ! -name '*.test.ts')

.PHONY: help setup setup-parts run test check format bench clean
help:
	@sed -n 's/^#   //p' Makefile

# At the same time, because SQLite alone takes half a minute to compile.
setup:
	@$(MAKE) -j4 setup-parts

setup-parts: $(NODE) $(MODULES) $(RUNNER) $(CHECKED_RUNNER) $(DATABASE) $(PROGRAM) $(DASHBOARD)
	@:

$(NODE): .node-version scripts/setup-node.sh
	@sh scripts/setup-node.sh

$(MODULES): package.json package-lock.json | $(NODE)
	@echo "set-up: installing packages" >&2
	@# Native parts come ready-made inside the packages; nothing that a package brings is run or compiled.
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

RUNNER_SOURCES := $(wildcard native/runner/*.c native/runner/*.h) sdk/c/osaurus_plugin.h native/Makefile

$(RUNNER): $(RUNNER_SOURCES)
	@echo "set-up: compiling the runner" >&2
	@$(MAKE) -s -C native
	@touch $@

# For the authors of plugins.
$(CHECKED_RUNNER): $(RUNNER_SOURCES)
	@$(MAKE) -s -C native checked
	@touch $@

$(DATABASE): $(wildcard native/database/*.c native/database/*.h native/runner/frame.* native/runner/limits.h) native/Makefile $(MODULES)
	@echo "set-up: compiling the program that holds databases" >&2
	@$(MAKE) -s -C native database
	@touch $@

$(PROGRAM): $(SOURCES) rolldown.config.ts scripts/warm-modules.ts $(MODULES)
	@echo "set-up: building the program" >&2
	@rolldown --config rolldown.config.ts --log-level warn >/dev/null
	@touch $@

$(DASHBOARD): $(DASHBOARD_SOURCES) dashboard/index.html dashboard/vite.config.ts $(MODULES)
	@echo "set-up: building the dashboard" >&2
	@vite build --config dashboard/vite.config.ts --logLevel warn
	@touch $@

$(CSV): $(wildcard examples/csv-inspect/*.c examples/csv-inspect/*.h) sdk/c/osaurus_plugin.h
	@$(MAKE) -s -C examples/csv-inspect OUT=../../build/examples

run: setup $(CSV)
	@sh scripts/demo.sh $(CSV)

test: setup $(CSV)
	@node scripts/test.ts

check: $(NODE) $(MODULES)
	@node scripts/check.ts

format: $(NODE) $(MODULES)
	@biome check --write

bench: setup $(CSV)
	@npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@node bench/run.ts

clean:
	rm -rf build dist dashboard/dist node_modules .node bench/peers/node_modules examples/*/build
