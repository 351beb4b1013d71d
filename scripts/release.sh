#!/usr/bin/env bash
# make release: the optimised server and its site, copied into dist/, with their sizes.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"
scripts/setup.sh run

export LEPTOS_SITE_ROOT=$CARGO_TARGET_DIR/site-release
cargo leptos build --release -P

rm -rf dist
mkdir -p dist
cp "$CARGO_TARGET_DIR/release/kvstore" dist/
cp -r "$LEPTOS_SITE_ROOT" dist/site
echo "dist/kvstore: $(du -h dist/kvstore | cut -f1); dist/site: $(du -sh dist/site | cut -f1), of it as served:"
find dist/site/pkg -name '*.br' -printf '  %8s bytes  %f\n' | sort -rn
echo "start it with: LEPTOS_SITE_ROOT=dist/site dist/kvstore serve"
