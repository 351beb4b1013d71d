#!/usr/bin/env bash
# For machines where rustup cannot add the wasm32 target: takes Debian's own compiler (rustc-web) and builds
# the standard library for wasm32-unknown-unknown from Debian's source of it, about a minute of work.
# The result is a toolchain of its own in the cache; env.sh puts it first once it is complete.
#
# Its rustc is a two-line script that names a sysroot holding both Debian's host libraries (links) and the
# wasm ones we built, so that cargo, cargo-leptos and clippy need no flags and the system's folders stay as
# they were.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

target=wasm32-unknown-unknown
work=$KV_CACHE/rust-debian-build
final=$RUST_FALLBACK_DIR

sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo -n)
command -v apt-get >/dev/null || die "no apt-get here: add the Rust target $target for Rust $RUST_VERSION by hand"
"${sudo[@]}" apt-get update
apt-cache show rustc-web >/dev/null 2>&1 ||
  die "neither rustup nor this system's packages (rustc-web) have the Rust target $target; get rustup online once: rustup target add $target --toolchain $RUST_VERSION"
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web

version=$(/usr/bin/rustc --version | cut -d' ' -f2)
oldest=$(printf '%s\n%s\n' "$RUST_VERSION" "$version" | sort -V | head -n 1)
[ "$oldest" = "$RUST_VERSION" ] || die "Debian's rustc-web is $version, older than the $RUST_VERSION needed"

# rust-lld comes with rust-web-llvm as a link into an LLVM linker package, which must match.
host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
sysroot=$(/usr/bin/rustc --print sysroot)
llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "lld-$llvm"

# Build in a copy: the source tree belongs to the system and cargo writes beside its manifests.
rm -rf "$work" "$final"
mkdir -p "$work" "$KV_TOOLS"
cp -a "/usr/src/rustc-$version/library" "$work/library"
(
  cd "$work/library"
  # Debian's compiler, whatever toolchain file or wrapper is around.
  export PATH=/usr/bin:/bin RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=stablestd
  export CARGO_TARGET_DIR=$work/target
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes"
  unset RUSTFLAGS RUSTC_WRAPPER SYSROOT
  /usr/bin/cargo build --manifest-path sysroot/Cargo.toml --release --target $target
)

# The sysroot: links to Debian's libraries, and a real folder for ours.
ours=$work/toolchain/sysroot
mkdir -p "$ours/lib/rustlib/$target/lib" "$work/toolchain/bin"
for entry in "$sysroot"/lib/rustlib/*; do
  [ "$(basename "$entry")" = $target ] || ln -s "$entry" "$ours/lib/rustlib/"
done
cp "$work/target/$target/release/deps"/*.rlib "$ours/lib/rustlib/$target/lib/"

cat >"$work/toolchain/bin/rustc" <<SHIM
#!/bin/sh
exec /usr/bin/rustc --sysroot "$final/sysroot" "\$@"
SHIM
chmod +x "$work/toolchain/bin/rustc"
for program in cargo rustdoc rustfmt cargo-fmt cargo-clippy clippy-driver; do
  ln -s "/usr/bin/$program" "$work/toolchain/bin/$program"
done
mv "$work/toolchain" "$final"
rm -rf "$work"

"$final/bin/rustc" --print target-libdir --target $target
echo "built the standard library for $target with rustc $version on $host"
