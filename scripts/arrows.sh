#!/usr/bin/env bash
# Proves the arrows between our crates (ARCHITECTURE.md) with `cargo tree`: who may know whom.
# Each rule prints ok or FAIL; a crate that is not there is a FAIL.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

failed=0
wasm=(--target wasm32-unknown-unknown)

# deps ARGS...: the lines "name features" of everything that `cargo tree` shows.
deps() {
  [[ " $* " == *" --edges "* ]] || set -- --edges normal "$@"
  cargo tree --quiet --prefix none --format '{p}|{f}' "$@" | sed 's/ v[0-9][^|]*|/ /; s/ (\*)$//' | sort -u
}

# never RULE "NAME NAME ..." ARGS...: none of the names among the dependencies.
never() {
  local rule=$1 names=$2 tree found
  shift 2
  if ! tree=$(deps "$@" 2>&1); then
    report FAIL "$rule" "$tree"
  elif found=$(grep -E "^(${names// /|})( |\$)" <<<"$tree"); then
    report FAIL "$rule" "$(cut -d' ' -f1 <<<"$found" | sort -u | paste -sd' ')"
  else
    report ok "$rule"
  fi
}

# features RULE CRATE WITH WITHOUT ARGS...: the crate is there, with one feature and without the other.
features() {
  local rule=$1 crate=$2 with=$3 without=$4 tree set
  shift 4
  if ! tree=$(deps "$@" 2>&1); then
    report FAIL "$rule" "$tree"
    return
  fi
  set=",$(grep "^$crate " <<<"$tree" | cut -d' ' -f2 | paste -sd, || true),"
  if [[ -n $with && $set != *,$with,* ]] || [[ $set == *,$without,* ]]; then
    report FAIL "$rule" "$crate has the features ${set//,/ }"
  else
    report ok "$rule"
  fi
}

report() {
  printf '  %-4s %s\n' "$1" "$2"
  if [ "$1" = FAIL ]; then
    head -n 8 <<<"$3" | sed 's/^/         /'
    failed=1
  fi
}

never "domain knows no I/O, no async, no database, no page" "tokio async-std sqlx leptos axum hyper reqwest" \
  -p domain --all-features --target all
features "domain has no clock" chrono "" clock -p domain --all-features --target all
features "domain has no clock (now)" chrono "" now -p domain --all-features --target all
never "domain knows none of ours" "db ops jobs kv app frontend server" -p domain --all-features --target all
never "kv knows none of ours, no HTTP and no page" "domain data rest db ops app server axum leptos" -p kv --all-features --target all
never "data knows no HTTP, no page, no people" "axum leptos sqlx db ops rest app server" -p data --target all
never "rest knows no page, no people, no database" "leptos sqlx db ops control app server" -p rest --target all
never "control knows no page, no database, no store" "leptos app server sqlx" -p control --depth 1 --target all
never "db knows neither pages, HTTP nor operations" "leptos axum ops jobs kv data rest app server" -p db --all-features --target all
never "ops knows neither HTTP nor pages" "axum leptos rest control app server" -p ops --all-features --target all
never "app (ssr) does not touch db, kv or sqlx itself" "db kv data rest control sqlx" -p app --no-default-features --features ssr --depth 1
never "app (hydrate) has no server side" "sqlx tokio axum hyper db ops kv" -p app --no-default-features --features hydrate "${wasm[@]}"
never "frontend has no server side" "sqlx tokio axum hyper db ops kv" -p frontend "${wasm[@]}"

for crate in app leptos; do
  features "the server builds $crate with ssr and without hydrate" $crate ssr hydrate -p server
  features "the host workspace builds $crate with ssr and without hydrate" $crate ssr hydrate --workspace --exclude frontend
  features "the frontend builds $crate with hydrate and without ssr" $crate hydrate ssr -p frontend "${wasm[@]}"
done

rule="nothing depends on server"
if ! users=$(cargo tree --quiet --workspace --invert server --edges normal,build,dev --target all --prefix none --format '{p}' 2>&1); then
  report FAIL "$rule" "$users"
elif users=$(grep -v -e '^server v' -e '^$' <<<"$users"); then
  report FAIL "$rule" "$users"
else
  report ok "$rule"
fi

# Not an arrow, a cost: crates that `make run` and the tests compile with different features are compiled twice,
# and so is everything above them. Mostly a dev-dependency asks for a feature that the program does not.
twice() {
  local name=$1 program=$2 tests=$3
  comm -13 <(sort -u <<<"$program") <(sort -u <<<"$tests") | cut -d' ' -f1 | sort -u |
    comm -12 - <(cut -d' ' -f1 <<<"$program" | sort -u) | paste -sd' ' |
    sed -n "s/^./  note $name: compiled again for the tests: &/p"
}
normal="normal,build"
twice host "$(deps -p server --no-default-features --edges $normal)" "$(deps --workspace --exclude frontend --edges $normal,dev)"
twice browser "$(deps -p frontend --no-default-features --edges $normal "${wasm[@]}")" \
  "$(deps -p app --no-default-features --features hydrate --edges $normal,dev "${wasm[@]}")"

exit $failed
