#!/usr/bin/env bash
# make dev: like make run, but rebuilds and reloads the page on every edit.
# It has a target folder of its own: Leptos compiles differently for watching, and sharing one folder would
# recompile it at every change between `make dev` and `make run`.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"
scripts/setup.sh run

export CARGO_TARGET_DIR=$KV_CACHE/target-dev
export LEPTOS_SITE_ROOT=$CARGO_TARGET_DIR/site
exec cargo leptos watch -- serve --demo "$@"
