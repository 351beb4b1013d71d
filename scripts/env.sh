# shellcheck shell=bash disable=SC2034
# The versions, the folders and the search path: the one place that says them, sourced by every script.
# To use the same builds by hand, type `. scripts/env.sh` in a shell before `cargo`.
# Versions of the npm packages stand in package.json, those of the crates in Cargo.toml.

KV_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

RUST_VERSION=$(sed -n 's/^channel = "\(.*\)"/\1/p' "$KV_ROOT/rust-toolchain.toml")
CARGO_LEPTOS_VERSION=0.3.10
CARGO_DENY_VERSION=0.20.2 # only for `make audit`
DYNOXIDE_VERSION=3.2.0    # the DynamoDB emulator of the tests
SCHEMATHESIS_VERSION=4.32.5 # from PyPI
NODE_MIN=20               # what Tailwind and Playwright ask for
NODE_VERSION=24.19.0      # taken from PyPI into the cache where the system's is older
# The command-line tool must equal the library: Cargo.lock says which, before it exists the pin in Cargo.toml.
WASM_BINDGEN_VERSION=$(awk -F'"' '/^name = /{name=$2} /^version = /&&name=="wasm-bindgen"{print $2; exit}' "$KV_ROOT/Cargo.lock" 2>/dev/null || true)
[ -n "$WASM_BINDGEN_VERSION" ] || WASM_BINDGEN_VERSION=$(sed -n 's/^wasm-bindgen = "=\([0-9.]*\)".*/\1/p' "$KV_ROOT/Cargo.toml")

KV_CACHE=${KVSTORE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kvstore}
KV_TOOLS=$KV_CACHE/tools
KV_LOGS=$KV_CACHE/logs
CARGO_LEPTOS_DIR=$KV_TOOLS/cargo-leptos-$CARGO_LEPTOS_VERSION
WASM_BINDGEN_DIR=$KV_TOOLS/wasm-bindgen-cli-$WASM_BINDGEN_VERSION
CARGO_DENY_DIR=$KV_TOOLS/cargo-deny-$CARGO_DENY_VERSION
DYNOXIDE_DIR=$KV_TOOLS/dynoxide-$DYNOXIDE_VERSION
SCHEMATHESIS_DIR=$KV_TOOLS/schemathesis-$SCHEMATHESIS_VERSION
NODE_DIR=$KV_TOOLS/node-$NODE_VERSION/bin
# Made by wasm-target-fallback.sh only where rustup cannot add the wasm target.
RUST_FALLBACK_DIR=$KV_TOOLS/rust-debian

# One target folder for `make run` and `make test`, outside the checkout, so that a second clone is quick.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$KV_CACHE/target}
# Where cargo-leptos compiles for the browser; our own wasm checks and tests use it too.
FRONT_TARGET_DIR=$CARGO_TARGET_DIR/front

PATH=$KV_ROOT/node_modules/.bin:$CARGO_LEPTOS_DIR/bin:$WASM_BINDGEN_DIR/bin:$DYNOXIDE_DIR/bin:$PATH
[ ! -x "$NODE_DIR/node" ] || PATH=$NODE_DIR:$PATH
if [ -x "$RUST_FALLBACK_DIR/bin/rustc" ]; then
  PATH=$RUST_FALLBACK_DIR/bin:$PATH
  export SYSROOT=$RUST_FALLBACK_DIR/sysroot # read by clippy-driver
fi
export PATH

# cargo-leptos takes these before what Cargo.toml says, and the compiled crates look at the output name:
# every cargo call must see the same value, or it recompiles Leptos.
export KVSTORE_LISTEN=${KVSTORE_LISTEN:-127.0.0.1:3000}
export LEPTOS_OUTPUT_NAME=kvstore
export LEPTOS_SITE_ROOT=${LEPTOS_SITE_ROOT:-$CARGO_TARGET_DIR/site}
export LEPTOS_SITE_PKG_DIR=pkg
export LEPTOS_SITE_ADDR=$KVSTORE_LISTEN
export LEPTOS_BIN_EXE_NAME=kvstore
export LEPTOS_TAILWIND_VERSION=v4

# The browser and its driver for the tests; without one, Playwright tries its own. The one without windows takes half
# the time.
for _browser in chromium-headless-shell chromium chromium-browser google-chrome; do
  [ -n "${KVSTORE_CHROMIUM:-}" ] || KVSTORE_CHROMIUM=$(command -v "$_browser" || true)
done
unset _browser
export KVSTORE_CHROMIUM
CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver || true)}
[ -z "$CHROMEDRIVER" ] || export CHROMEDRIVER

# cargo-leptos compiles development builds with this flag. Checks and tests that go through here
# share its compiled crates; without it every dependency would be built twice.
cargo_dev() {
  RUSTFLAGS="${RUSTFLAGS:+$RUSTFLAGS }--cfg erase_components" cargo "$@"
}

die() {
  printf '\n%s\n' "$*" >&2
  exit 1
}
