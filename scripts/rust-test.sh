#!/usr/bin/env bash
# The Rust tests of the host, with the stores' servers at hand, under cargo-nextest where it is installed.
# Arguments go to the test runner (--no-run only builds, a word narrows).
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

runner=(test)
! command -v cargo-nextest >/dev/null || runner=(nextest run)
select=(--workspace --exclude frontend)
if [ "${1:-}" = --no-run ]; then
  cargo_dev "${runner[@]}" "${select[@]}" --no-run
  exit
fi
export -f cargo_dev
# nextest stops at the first failure only if told to; cargo test goes on only if told to.
[ "${runner[0]}" = nextest ] || select+=(--no-fail-fast)
scripts/with-stores.sh bash -c 'cargo_dev "$@"' - "${runner[@]}" "${select[@]}" "$@"
