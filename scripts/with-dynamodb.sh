#!/usr/bin/env bash
# Runs a command with KVSTORE_TEST_DYNAMODB_URL naming a DynamoDB server that takes any credentials.
# Where the variable is set already, that server is used; otherwise dynoxide, an emulator, is started on a free
# port with its data in memory, and it is gone when the command ends, however it ends.
#
#   scripts/with-dynamodb.sh cargo test -p kv      scripts/with-dynamodb.sh --where   (prints the program)
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

program=$(command -v dynoxide) || {
  echo "dynoxide, the DynamoDB emulator, is missing: scripts/setup.sh test installs it" >&2
  exit 1
}
[ "${1:-}" != --where ] || { echo "$program"; exit; }
[ $# -gt 0 ] || { echo "usage: scripts/with-dynamodb.sh COMMAND [ARGUMENTS]" >&2; exit 2; }
[ -z "${KVSTORE_TEST_DYNAMODB_URL:-}" ] || exec "$@"

dir=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-dynamodb.XXXXXX")
server=

# shellcheck disable=SC2317,SC2329 # called by the trap
stop() {
  status=$?
  trap - EXIT
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$dir"
  exit $status
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

answers() { "$program" healthcheck --host 127.0.0.1 --port "$port" >/dev/null 2>&1; }

# A port below the range that the system hands out for outgoing connections; another may take it first.
for attempt in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  "$program" serve --host 127.0.0.1 --port "$port" >"$dir/server.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    ready=
    ! answers || ready=yes
    kill -0 "$server" 2>/dev/null || break # it found the port taken, and somebody else answered
    [ -z "$ready" ] || break 2
    sleep 0.1
  done
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
  if [ "$attempt" = 5 ]; then
    echo "dynoxide did not start; its log:" >&2
    tail -n 20 "$dir/server.log" >&2
    exit 1
  fi
done

export KVSTORE_TEST_DYNAMODB_URL="dynamodb://local/kvstore-test-?endpoint=http://127.0.0.1:$port"
"$@"
