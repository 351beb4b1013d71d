#!/usr/bin/env bash
# Runs a command with KVSTORE_TEST_REDIS_URL naming a Redis server and KVSTORE_TEST_REDIS_CLUSTER_URL naming a cluster
# of three. Where a variable is set already, what it names is used; otherwise servers are started on free ports with
# their data in a temporary folder, and all of it is gone when the command ends, however it ends.
#
#   scripts/with-redis.sh cargo test -p kv      scripts/with-redis.sh --where   (prints the server's program)
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

find_program() {
  command -v redis-server || command -v valkey-server || command -v "$KV_TOOLS/redis/redis-server" || {
    echo "redis-server is missing: scripts/setup.sh test installs it" >&2
    return 1
  }
}

server=$(find_program)
[ "${1:-}" != --where ] || { echo "$server"; exit; }
[ $# -gt 0 ] || { echo "usage: scripts/with-redis.sh COMMAND [ARGUMENTS]" >&2; exit 2; }
[ -z "${KVSTORE_TEST_REDIS_URL:-}" ] || [ -z "${KVSTORE_TEST_REDIS_CLUSTER_URL:-}" ] || exec "$@"
client=${server%-server}-cli

dir=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-redis.XXXXXX")
pids=()

# shellcheck disable=SC2317,SC2329 # called by the trap
stop() {
  status=$?
  trap - EXIT
  # A test may have stopped a server with a signal; nothing but this one ends it then.
  [ ${#pids[@]} = 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
  rm -rf "$dir"
  exit $status
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# start NAME [OPTIONS]: starts a server on a free port, which is then in $port. The ports are below the range that the
# system hands out for outgoing connections; a cluster's server also takes the port that is 10000 higher.
start() {
  local name=$1 folder=$dir/$1 pid
  shift
  for _ in 1 2 3 4 5 6 7 8; do
    port=$((12000 + RANDOM % 10000))
    rm -rf "$folder"
    mkdir "$folder"
    "$server" --port "$port" --bind 127.0.0.1 --dir "$folder" --save '' --appendonly no --daemonize no \
      --logfile "$folder/log" "$@" >/dev/null 2>&1 &
    pid=$!
    for _ in $(seq 100); do
      if grep -q 'Ready to accept connections' "$folder/log" 2>/dev/null; then
        pids+=("$pid")
        return
      fi
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  echo "$name did not start; its log:" >&2
  tail -n 20 "$folder/log" >&2
  exit 1
}

if [ -z "${KVSTORE_TEST_REDIS_URL:-}" ]; then
  start single
  export KVSTORE_TEST_REDIS_URL="redis://127.0.0.1:$port"
fi

if [ -z "${KVSTORE_TEST_REDIS_CLUSTER_URL:-}" ]; then
  servers=()
  ports=()
  for name in one two three; do
    start "$name" --cluster-enabled yes --cluster-node-timeout 2000
    servers+=("127.0.0.1:$port")
    ports+=("$port")
  done
  "$client" --cluster create "${servers[@]}" --cluster-yes >"$dir/create.log" 2>&1 || { cat "$dir/create.log" >&2; exit 1; }
  for port in "${ports[@]}"; do
    for attempt in $(seq 200); do
      "$client" -p "$port" cluster info | grep -q 'cluster_state:ok' && break
      [ "$attempt" != 200 ] || { echo "the cluster does not come together" >&2; exit 1; }
      sleep 0.05
    done
  done
  KVSTORE_TEST_REDIS_CLUSTER_URL="redis+cluster://$(IFS=,; echo "${servers[*]}")"
  export KVSTORE_TEST_REDIS_CLUSTER_URL
fi

"$@"
