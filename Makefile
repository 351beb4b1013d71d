# Each target is one script, which can be called by itself.
.DEFAULT_GOAL := help
.PHONY: help run dev demo test e2e test-e2e test-http check fmt audit bench release

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## set up, build and serve with demo data on http://127.0.0.1:3000 (KVSTORE_LISTEN changes it)
	@scripts/run.sh

dev: ## serve and reload on every edit
	@scripts/dev.sh

demo: ## the key-value service on two stores: every use of it with curl and the client, shown and checked
	@scripts/demo.sh

test: ## set up, then every check and test; what CI runs
	@scripts/test.sh

e2e: ## build and run the browser tests only (ARGS="-g queue" narrows them)
	@scripts/e2e.sh $(ARGS)

test-e2e: e2e

test-http: ## the HTTP suite on HOST=local|URL and STORE=embedded|memory|postgres|redis|redis-cluster|dynamodb
	@scripts/test-http.sh $(ARGS)

check: ## format, crate arrows and lints on host and wasm: the inner loop
	@scripts/check.sh

fmt: ## format the code
	@scripts/fmt.sh

audit: ## licences, sources, bans and advisories of the dependencies
	@scripts/audit.sh

bench: ## run the side-by-side measurements in benches/
	@scripts/bench.sh

release: ## the optimised binary and its site, in dist/
	@scripts/release.sh
