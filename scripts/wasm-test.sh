#!/usr/bin/env bash
# The tests that run compiled to wasm inside a headless Chromium: app/tests/wasm_*.rs.
# Arguments go to `cargo test` (--no-run only builds).
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner
export WASM_BINDGEN_TEST_WEBDRIVER_JSON=$KV_ROOT/scripts/webdriver.json
export WASM_BINDGEN_TEST_TIMEOUT=${WASM_BINDGEN_TEST_TIMEOUT:-120}
cargo_dev test -p app --no-default-features --features hydrate --test 'wasm_*' --no-fail-fast \
  --target wasm32-unknown-unknown --target-dir "$FRONT_TARGET_DIR" --profile wasm-dev "$@"
