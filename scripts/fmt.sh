#!/usr/bin/env bash
# make fmt: formats all Rust code.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"
cargo fmt --all
