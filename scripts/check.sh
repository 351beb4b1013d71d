#!/usr/bin/env bash
# make check: format, crate arrows, and clippy on the host and for the browser, warnings being errors.
# It goes through all of them and fails at the end.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"
KVSTORE_QUIET=1 scripts/setup.sh run

failed=()
part() {
  local name=$1 started=$SECONDS
  shift
  echo "-- $name"
  if "$@"; then
    echo "   $name: ok, $((SECONDS - started)) s"
  else
    echo "   $name: FAILED"
    failed+=("$name")
  fi
}

part format cargo fmt --all --check
part arrows scripts/arrows.sh
part "clippy (host)" cargo_dev clippy --workspace --exclude frontend --all-targets -- -D warnings
front=(--target wasm32-unknown-unknown --target-dir "$FRONT_TARGET_DIR" --profile wasm-dev)
part "clippy (browser)" cargo_dev clippy -p frontend "${front[@]}" -- -D warnings
part "clippy (browser tests)" cargo_dev clippy -p app --no-default-features --features hydrate --test 'wasm_*' "${front[@]}" -- -D warnings

[ ${#failed[@]} -eq 0 ] || die "check failed: $(printf '%s, ' "${failed[@]}" | sed 's/, $//')"
