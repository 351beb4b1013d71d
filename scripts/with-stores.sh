#!/usr/bin/env bash
# Runs a command with every server that the tests of the stores want: PostgreSQL, Redis alone and as a cluster, and a
# DynamoDB emulator. Each comes from a script of its own, which says more.
#
#   scripts/with-stores.sh cargo test -p kv
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: scripts/with-stores.sh COMMAND [ARGUMENTS]" >&2; exit 2; }
here=$(dirname "$0")
chain=()
for name in postgres redis dynamodb; do
  [ ! -x "$here/with-$name.sh" ] || chain+=("$here/with-$name.sh")
done
exec "${chain[@]}" "$@"
