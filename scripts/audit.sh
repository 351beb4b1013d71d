#!/usr/bin/env bash
# make audit: licences, sources and bans of every dependency (deny.toml), and advisories where their
# database can be had. With --if-installed it only says SKIPPED where cargo-deny is missing, because
# building it costs minutes; without, it builds it.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

PATH=$CARGO_DENY_DIR/bin:$PATH
if ! command -v cargo-deny >/dev/null; then
  if [ "${1:-}" = --if-installed ]; then
    echo "SKIPPED: cargo-deny is not installed (make audit builds it)"
    exit
  fi
  echo "building cargo-deny $CARGO_DENY_VERSION, about four minutes"
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$KV_TOOLS/build \
    cargo install "cargo-deny@$CARGO_DENY_VERSION" --debug --locked --root "$CARGO_DENY_DIR"
  rm -rf "$KV_TOOLS/build"
fi

cargo deny --all-features check bans licenses sources
if cargo deny fetch db; then
  cargo deny --all-features check advisories
else
  echo "SKIPPED: advisories (their database could not be fetched)"
fi
