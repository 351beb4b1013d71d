#!/usr/bin/env bash
# Requests that nobody thought of, good and bad, made from /openapi.json: no 5xx, nothing that the document does not say.
# Arguments: the URL of a server and a token that may do everything with its data; without them a server of the suite's
# own datasets is started. Bounded in time, and the same each time.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

url=${1:-}
token=${2:-}
if [ -z "$url" ]; then
  cargo_dev build -q -p rest --example serve
  coproc server { exec "$CARGO_TARGET_DIR/debug/examples/serve" 2>/dev/null; }
  # shellcheck disable=SC2154 # coproc sets it
  trap 'kill "$server_PID" 2>/dev/null' EXIT
  read -r _ url <&"${server[0]}"
  read -r _ token <&"${server[0]}"
fi

report=$(mktemp -d)
cp scripts/schemathesis.toml "$report/"
cd "$report" # it writes what it has found beside its configuration
# A watch does not end, so that its answer cannot be judged here.
"$SCHEMATHESIS_DIR/bin/schemathesis" --config-file schemathesis.toml run "${url%/}/openapi.json" \
  -H "Authorization: Bearer $token" --exclude-operation-id watch --seed 1 --max-examples 25 --max-time 110 \
  --request-timeout 20 --continue-on-failure --no-color
rm -rf "$report"
