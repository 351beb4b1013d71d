#!/usr/bin/env bash
# make bench: runs the measurements in benches/*.sh, in order; each prints its own table.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

shopt -s nullglob
benches=(benches/*.sh)
if [ ${#benches[@]} -eq 0 ]; then
  echo "there are no benches yet: benches/ has no *.sh"
  exit
fi
scripts/setup.sh run
for bench in "${benches[@]}"; do
  printf '\n== %s\n' "$bench"
  bash "$bench"
done
