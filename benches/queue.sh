#!/usr/bin/env bash
# The queue page at 1 000 and at BENCH_REQUESTS (100 000) requests on SQLite, side by side, with the memory of the idle server.
# Takes the optimised binary of `make release` where it is there, else the development build, and says which.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/../scripts/env.sh"
cd "$KV_ROOT"
requests=${BENCH_REQUESTS:-100000}
binary=dist/kvstore site=dist/site
[ -x "$binary" ] || { binary=$CARGO_TARGET_DIR/debug/kvstore site=$LEPTOS_SITE_ROOT; }
[ -x "$binary" ] || die "there is no binary to measure: run \`make release\` first"
echo "measuring $binary"

folder=$(mktemp -d)
pids=()
cleanup() {
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT

arguments=()
port=${BENCH_PORT:-3811}
for count in 1000 "$requests"; do
  export KVSTORE_DATA_DIR=$folder/$count
  started=$SECONDS
  "$binary" seed --requests "$count" --seed 1 >/dev/null
  echo "seeded $count requests in $((SECONDS - started)) s, $(du -sm "$KVSTORE_DATA_DIR" | cut -f1) MB"
  LEPTOS_SITE_ROOT=$site KVSTORE_LISTEN=127.0.0.1:$port "$binary" serve --demo >"$folder/$count.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do
    ! curl -fs "http://127.0.0.1:$port/readyz" >/dev/null 2>&1 || break
    sleep 0.1
  done
  echo "idle server: $(awk '/VmRSS/{printf "%.0f", $2/1024}' "/proc/${pids[-1]}/status") MB resident"
  arguments+=("$count" "http://127.0.0.1:$port")
  port=$((port + 1))
done
node benches/queue.mjs "${arguments[@]}"
for pid in "${pids[@]}"; do
  echo "server after the run: $(awk '/VmRSS/{printf "%.0f", $2/1024}' "/proc/$pid/status") MB resident"
done
