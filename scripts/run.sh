#!/usr/bin/env bash
# make run: sets up, builds, and serves with demo data on http://127.0.0.1:3000.
# KVSTORE_LISTEN=ADDRESS:PORT chooses another address; arguments go to `kvstore serve`.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

# Before minutes of building rather than after.
port_taken() {
  local host=${1%:*} port=${1##*:}
  host=${host//[\[\]]/}
  [ "$host" != 0.0.0.0 ] || host=127.0.0.1
  (exec 3<>"/dev/tcp/$host/$port") 2>/dev/null
}
port_taken "$KVSTORE_LISTEN" &&
  die "$KVSTORE_LISTEN is taken by another program, perhaps by another \`make run\`. Stop it, or choose another port:
    KVSTORE_LISTEN=127.0.0.1:3100 make run"

scripts/setup.sh run
started=$SECONDS
echo "building (the first time takes some minutes)"
cargo leptos build || die "the build failed; the compiler's words stand above"
echo "built in $((SECONDS - started)) s"

exec "$CARGO_TARGET_DIR/debug/kvstore" serve --demo "$@"
