# `make run` and `make test` do all their own set-up. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check bench table web web-check lint deny tidy unit services services-stop e2e screenshots web-types fuzz clean

CARGO ?= cargo
WEB_SOURCES := $(shell find web -name node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: ## set up, build, and start the whole product on this machine
	@scripts/setup build
	@$(MAKE) --no-print-directory web
	$(CARGO) build --release --locked -p thaiyyal
	@exec "$$(scripts/target-dir)/release/thaiyyal" dev $(ARGS)

test: ## set up, then everything: lint, unit, both stores, both queues, API, failures, browser
	@scripts/setup test
	@$(MAKE) --no-print-directory web web-check lint
	@scripts/test

check: ## the fast loop: format, lint, unit tests; needs no server
	@scripts/setup build
	@$(MAKE) --no-print-directory web lint unit

bench: ## measure: micro benchmarks, then load on the embedded product and on a cluster of processes
	@scripts/setup test
	@$(MAKE) --no-print-directory web
	@scripts/bench $(ARGS)

table: ## prove that a 200 MB table is filtered and summed with less than 300 MiB, embedded and in a cluster; ARGS=--megabytes=1000
	@scripts/setup test
	@$(MAKE) --no-print-directory web
	@scripts/bench table $(ARGS)

web: web/dist/index.html ## build the web UI

web/dist/index.html: web/node_modules/.installed $(filter-out web/node_modules/.installed,$(WEB_SOURCES))
	cd web && npm run build

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

web-check: web/node_modules/.installed ## format, lint, types and unit tests of the web UI
	cd web && npm run check && npm test && npm run budget

e2e: web ## the browser tests, against a binary built from this tree
	@scripts/e2e

screenshots: web ## make the pictures of the README again
	@scripts/e2e "" screenshots

web-types: web/node_modules/.installed ## generate the TypeScript types of the HTTP interface from docs/api/openapi.json
	cd web && npm run generate

lint: deny ## format and lint of the Rust code
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

deny: ## dependency bans, licences and sources (cargo-deny, where it is installed)
	@scripts/deny

unit: ## tests that need no server
	@scripts/test unit

fuzz: ## fuzz what reads input, each target for FUZZ_SECONDS (300); needs cargo-fuzz
	cd fuzz && $(CARGO) run --locked --bin seeds
	cd fuzz && for target in expression template definition parse; do \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run $$target -- -max_total_time=$(or $(FUZZ_SECONDS),300) -rss_limit_mb=1024 -timeout=10 || exit 1; \
	done

services: ## start PostgreSQL, RabbitMQ and Redis where none answers; prints their addresses
	@scripts/services up

services-stop: ## stop those that `make services` started
	@scripts/services stop

clean: ## remove everything that was built
	$(CARGO) clean
	rm -rf web/dist web/node_modules web/tools/openapi/node_modules
