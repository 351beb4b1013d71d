#!/usr/bin/env bash
# make e2e: the browser tests (end2end/), with PostgreSQL at hand. Arguments go to Playwright.
# The specs start their own servers from $KVSTORE_BIN. With KVSTORE_BUILT=1 nothing is set up or built.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

if [ -z "${KVSTORE_BUILT:-}" ]; then
  scripts/setup.sh test
  cargo leptos build
fi
export KVSTORE_BIN=$CARGO_TARGET_DIR/debug/kvstore
cd end2end
exec ../scripts/with-postgres.sh playwright test "$@"
