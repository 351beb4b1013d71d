#!/usr/bin/env bash
# The small set of the HTTP suite on every store that is a server. It goes through all of them and fails at the end.
set -uo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"
[ -n "${KVSTORE_TEST_DYNAMODB_URL:-}" ] || exec scripts/with-stores.sh "$0"

failed=0
for store in postgres redis redis-cluster dynamodb; do
  HOST=local STORE=$store scripts/test-http.sh smoke || failed=1
done
exit $failed
