#!/usr/bin/env bash
# The HTTP suite (crates/rest/tests/http) against one host and one store:
#
#   make test-http HOST=local STORE=embedded|memory|postgres|redis|redis-cluster|dynamodb
#   make test-http HOST=https://kv.example.com        with KVSTORE_TEST_TOKEN, a token of the scope *:admin
#   scripts/test-http.sh --run COMMAND       runs the command with the server's URL and token as its arguments instead
#
# HOST=local starts the built `kvstore` without the app on the store, which scripts/with-stores.sh brings where it is a
# server. Arguments narrow the tests; `smoke` is the small set.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

host=${HOST:-local} store=${STORE:-embedded}
bin=${KVSTORE_BIN:-$CARGO_TARGET_DIR/debug/kvstore}
unset KVSTORE_TEST_URL

case $store in
embedded | memory) ;;
postgres) variable=KVSTORE_TEST_POSTGRES_URL ;;
redis) variable=KVSTORE_TEST_REDIS_URL ;;
redis-cluster) variable=KVSTORE_TEST_REDIS_CLUSTER_URL ;;
dynamodb) variable=KVSTORE_TEST_DYNAMODB_URL ;;
*) die "STORE is embedded, memory, postgres, redis, redis-cluster or dynamodb, not $store" ;;
esac
if [ "$host" = local ] && [ -n "${variable:-}" ] && [ -z "${!variable:-}" ]; then
  exec scripts/with-stores.sh "$0" "$@"
fi

# run ARGS...: the suite. The whole workspace is named, so that nothing is compiled again with other features.
run() {
  if [ "${1:-}" = --run ]; then
    "${@:2}" "$KVSTORE_TEST_URL" "$KVSTORE_TEST_TOKEN"
  elif command -v cargo-nextest >/dev/null; then
    cargo_dev nextest run --workspace --exclude frontend -E "package(rest) & binary(http)${1:+ & test($1)}"
  else
    cargo_dev test --workspace --exclude frontend --test http -- "$@"
  fi
}

if [ "$host" != local ]; then
  : "${KVSTORE_TEST_TOKEN:?a token of the scope *:admin for $host}"
  KVSTORE_TEST_URL=$host run "$@"
  exit
fi

[ -x "$bin" ] || cargo_dev build -p server
# shellcheck source=scripts/server.sh
. scripts/server.sh

case $store in
embedded) url=embedded:$dir/kv ;;
memory) url=memory: ;;
*) url=${!variable} ;;
esac

# Each token is made by the program itself, which without a database prints what the configuration needs.
export KVSTORE_DATABASE_URL=none KVSTORE_DATA_DIR=$dir/data KVSTORE_CONFIG=$dir/kvstore.toml
: >"$KVSTORE_CONFIG"
token() {
  "$bin" token create "$1" "${@:2}" 2>"$dir/stanza"
  sed -n '/^\[\[token\]\]/,$p' "$dir/stanza" >>"$dir/tokens.toml"
}
KVSTORE_TEST_TOKEN=$(token admin --scope '*:admin')
KVSTORE_TEST_READ_TOKEN=$(token reader --scope default:read)
KVSTORE_TEST_PREFIX_TOKEN=$(token prefix --scope default/p/:write)
export KVSTORE_TEST_TOKEN KVSTORE_TEST_READ_TOKEN KVSTORE_TEST_PREFIX_TOKEN
cat - "$dir/tokens.toml" >"$KVSTORE_CONFIG" <<'TOML'
[[dataset]]
name = "default"
shards = 4
[[dataset]]
name = "users"
[[dataset]]
name = "teams"
TOML

export KVSTORE_STORE_URL=$url
serve 'KVStore serves keys at' 10 "$bin" --listen 127.0.0.1:0 serve
echo "HTTP suite on $store at $address"
KVSTORE_TEST_URL=$address run "$@"
