# shellcheck shell=bash disable=SC2034
# For a script that tries a server of its own, sourced after env.sh: makes the temporary folder $dir, and takes it and
# the server away when the script ends, however it ends.

dir=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-server.XXXXXX")
server='' address=''

# shellcheck disable=SC2317,SC2329 # called by the trap
stop_server() {
  local status=$?
  trap - EXIT
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  [ $status = 0 ] || tail -n 20 "$dir/server.log" >&2 || true
  rm -rf "$dir"
  exit $status
}
trap stop_server EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# serve SAYING SECONDS COMMAND...: starts the server and waits for the line that begins with SAYING and an address,
# which becomes $address.
serve() {
  local saying=$1 seconds=$2
  shift 2
  "$@" >"$dir/server.log" 2>&1 &
  server=$!
  for _ in $(seq $((seconds * 10))); do
    address=$(sed -n "s|^$saying \(http://[0-9.:]*\).*|\1|p" "$dir/server.log")
    [ -z "$address" ] || return 0
    kill -0 "$server" 2>/dev/null || die "the server ended: $(tail -n 5 "$dir/server.log")"
    sleep 0.1
  done
  die "the server did not begin to serve: $(tail -n 5 "$dir/server.log")"
}
