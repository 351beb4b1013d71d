#!/usr/bin/env bash
# Sign-ins by password in a second, beside the hash alone: what the limit on guessing and the audit trail cost on top.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/../scripts/env.sh"
cd "$KV_ROOT"
cargo run --quiet --release -p ops --example sign_in_speed
