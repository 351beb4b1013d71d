#!/usr/bin/env bash
# make test: everything that must hold before a change lands, in phases, each with its time and its counts.
# A compile failure stops; everything else goes on to the end, so that one run shows all that is wrong.
# The last lines are the times of tools, compile and tests, and "N passed, N failed" over all tests.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

limit_minutes=75                # of the whole run, where CI is set
export KVSTORE_TEST_REQUIRE=1   # an absent database or browser fails a test instead of skipping it
logs=$KV_LOGS/test-$$
mkdir -p "$logs"
trap 'rm -rf "$logs"' EXIT

passed=0 failed=0 summary=()
declare -A seconds=([tools]=0 [compile]=0 [tests]=0)

# phase KIND NAME COUNTER COMMAND...: COUNTER turns the phase's output into "PASSED FAILED", or is `none`.
# A phase that fails without a failed test, or should run tests and ran none, counts as one failure.
phase() {
  local kind=$1 name=$2 counter=$3 log status started=$SECONDS ok=0 bad=0 result
  shift 3
  log="$logs/${name// /-}.log"
  printf '\n=== %s\n' "$name"
  set +e
  "$@" </dev/null 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  set -e
  if [ "$counter" != none ]; then
    read -r ok bad < <("$counter" "$log")
    [ "$counter" = count_doc ] || [ $((ok + bad)) -gt 0 ] || status=1
  fi
  [ "$status" = 0 ] || [ "$bad" -gt 0 ] || bad=1
  seconds[$kind]=$((seconds[$kind] + SECONDS - started))
  passed=$((passed + ok))
  failed=$((failed + bad))
  result=ok
  [ "$status" = 0 ] || result=FAILED
  [ "$counter" = none ] || result="$ok passed, $bad failed"
  summary+=("$(printf '%-8s %-20s %5s s  %s' "$kind" "$name" $((SECONDS - started)) "$result")")
  return "$status"
}

# shellcheck disable=SC2317 # the counters are called by name
# "12 tests run: 11 passed, 1 failed" of nextest, or "test result: ok. 3 passed; 0 failed" of cargo and wasm-bindgen.
count_rust() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^ *Summary .* tests? run:/ || /^test result: / {
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) p += $(i - 1)
        if ($i ~ /^failed/ || $i ~ /^timed/) f += $(i - 1)
      }
    }
    END { print p + 0, f + 0 }'
}
# shellcheck disable=SC2317
count_doc() { count_rust "$1"; } # there may be none
# shellcheck disable=SC2317
count_playwright() {
  node -e '
    const { stats } = JSON.parse(require("fs").readFileSync("end2end/test-results/summary.json", "utf8"));
    console.log(stats.expected + stats.flaky, stats.unexpected);' 2>/dev/null || echo 0 0
}
# The browser tests that passed on their second try only (end2end/playwright.config.ts says when there is one).
second_tries() {
  node -e '
    const walk = (suite) => [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(walk)];
    const summary = JSON.parse(require("fs").readFileSync("end2end/test-results/summary.json", "utf8"));
    for (const spec of summary.suites.flatMap(walk)) {
      if (spec.tests.some((test) => test.status === "flaky")) {
        console.log(`  second try: ${spec.file}:${spec.line} ${spec.title}`);
      }
    }' 2>/dev/null || true
}

finish() {
  local tests=${seconds[tests]}
  printf '\n=== summary\n'
  printf '  %s\n' "${summary[@]}"
  second_tries
  if [ -n "${CI:-}" ] && [ "$SECONDS" -gt $((limit_minutes * 60)) ]; then
    echo "  the run took $((SECONDS / 60)) minutes, more than the $limit_minutes allowed"
    failed=$((failed + 1))
  fi
  echo "times: tools ${seconds[tools]} s, compile ${seconds[compile]} s, tests $tests s, in all $SECONDS s"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] || exit 1
  exit 0
}

phase tools set-up none scripts/setup.sh test || finish

phase compile check none scripts/check.sh || true
phase compile "build Rust tests" none scripts/rust-test.sh --no-run || finish
phase compile "build wasm tests" none scripts/wasm-test.sh --no-run || finish
phase compile "build the app" none cargo leptos build || finish

rm -f end2end/test-results/summary.json
phase tests dependencies none scripts/audit.sh --quick || true
phase tests "Rust tests" count_rust scripts/rust-test.sh || true
phase tests "HTTP, embedded" count_rust env HOST=local STORE=embedded scripts/test-http.sh || true
phase tests "HTTP, other stores" count_rust scripts/test-http-smoke.sh || true
phase tests "HTTP, made-up calls" none scripts/schemathesis.sh || true
phase tests "doc tests" count_doc cargo_dev test --doc -p domain || true
phase tests "wasm tests" count_rust scripts/wasm-test.sh || true
KVSTORE_BUILT=1 phase tests "browser tests" count_playwright scripts/e2e.sh || true
finish
