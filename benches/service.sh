#!/usr/bin/env bash
# The key-value service on every store, beside its limits and peers, interleaved in one run: the same router answering
# a constant, the embedded store called directly, and webdis on the same Redis. Takes the optimised binary of
# `make release` where it is there, else the development build, and says which. BENCH_ROUNDS (5), BENCH_SECONDS (3).
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/../scripts/env.sh"
cd "$KV_ROOT"

for variable in POSTGRES REDIS REDIS_CLUSTER DYNAMODB; do
  name=KVSTORE_TEST_${variable}_URL
  if [ -z "${!name:-}" ] && [ -z "${BENCH_STORES_STARTED:-}" ]; then
    BENCH_STORES_STARTED=1 exec scripts/with-stores.sh "$0" "$@"
  fi
done

missing=()
command -v wrk >/dev/null || missing+=(wrk)
command -v webdis >/dev/null || missing+=(webdis)
if [ ${#missing[@]} -gt 0 ] && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
  as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
  echo "installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null || true
fi
command -v wrk >/dev/null || die "wrk is missing: apt-get install wrk"

binary=dist/kvstore profile=release
[ -x "$binary" ] || { binary=$CARGO_TARGET_DIR/debug/kvstore profile=development; }
[ -x "$binary" ] || die "there is no binary to measure: run \`make release\` first"
echo "measuring $binary ($profile build)"
cargo_dev build --quiet -p kv --no-default-features --features embedded --example engine $([ $profile = release ] && echo --release)
engine=$CARGO_TARGET_DIR/$([ $profile = release ] && echo release || echo debug)/examples/engine

dir=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT
KVSTORE_BIN=$PWD/$binary ENGINE_BIN=$engine BENCH_DIR=$dir node benches/service.mjs
