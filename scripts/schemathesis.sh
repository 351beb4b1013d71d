#!/usr/bin/env bash
# Requests that nobody thought of, good and bad, made from /openapi.json: no 5xx, nothing that the document does not say.
# Arguments: the URL of a server and a token that may do everything with its data; without them scripts/test-http.sh
# starts one. Bounded in time, and the same each time.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

[ $# -gt 0 ] || STORE=memory exec scripts/test-http.sh --run "$0"
url=$1 token=$2

report=$(mktemp -d)
cp scripts/schemathesis.toml "$report/"
cd "$report" # it writes what it has found beside its configuration
# A watch does not end, so that its answer cannot be judged here.
"$SCHEMATHESIS_DIR/bin/schemathesis" --config-file schemathesis.toml run "${url%/}/openapi.json" \
  -H "Authorization: Bearer $token" --exclude-operation-id watch --seed 1 --max-examples 25 --max-time 110 \
  --request-timeout 20 --continue-on-failure --no-color
rm -rf "$report"
