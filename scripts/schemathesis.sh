#!/usr/bin/env bash
# Requests that nobody thought of, good and bad, made from /openapi.json: no 5xx, nothing that the document does not say.
# Arguments: the URL of a server without the app and a token that may do everything with its data; without them
# scripts/test-http.sh starts one, and after it the control plane is tried on a server with the demo's people.
# Bounded in time, and the same each time.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

# A stream does not end, so that its answer cannot be judged here.
made_up() {
  local url=$1 report
  report=$(mktemp -d)
  cp scripts/schemathesis.toml "$report/"
  # It writes what it has found beside its configuration.
  (cd "$report" && "$SCHEMATHESIS_DIR/bin/schemathesis" --config-file schemathesis.toml run "${url%/}/openapi.json" \
    --exclude-operation-id watch --exclude-operation-id follow_events --seed 1 --max-examples 25 \
    --request-timeout 20 --continue-on-failure --no-color "${@:2}")
  rm -rf "$report"
}

if [ $# -eq 2 ]; then
  # Without a database the control plane answers 501, which is right and looks like a fault.
  made_up "$1" -H "Authorization: Bearer $2" --max-time 110 --exclude-tag Requests --exclude-tag People --exclude-tag Policy \
    --exclude-operation-id get_dataset_metadata --exclude-operation-id list_clusters
  exit
fi
STORE=memory scripts/test-http.sh --run "$0"

bin=${KVSTORE_BIN:-$CARGO_TARGET_DIR/debug/kvstore}
# shellcheck source=scripts/server.sh
. scripts/server.sh
KVSTORE_CONFIG=$dir/kvstore.toml
: >"$KVSTORE_CONFIG"
export KVSTORE_CONFIG KVSTORE_DATA_DIR=$dir/data KVSTORE_STORE_URL=memory:
export KVSTORE_DATABASE_URL=sqlite://$dir/kvstore.db
serve 'KVStore is at' 30 "$bin" --demo --listen 127.0.0.1:0 serve
# A reviewer reaches the most operations. The session is no part of the document, whose callers send tokens, so what
# needs the right caller is not judged here: only that no answer is a fault or undocumented.
session=$(curl -sS -o /dev/null -D - -H 'Sec-Fetch-Site: same-origin' -d handle=lena.park "$address/sign-in" |
  sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\);.*/\1/p' | head -n 1)
[ -n "$session" ] || die "nobody could sign in"
echo "Control plane at $address"
made_up "$address" -H "Cookie: $session" -H 'Sec-Fetch-Site: same-origin' --max-time 60 \
  --generation-with-security-parameters false --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance --include-tag Requests --include-tag People --include-tag Policy \
  --include-operation-id get_dataset_metadata --include-operation-id list_clusters --include-operation-id list_datasets
