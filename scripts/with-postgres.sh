#!/usr/bin/env bash
# Runs a command with KVSTORE_TEST_POSTGRES_URL naming a PostgreSQL server whose user may create databases.
# Where the variable is set already, that server is used; otherwise one is started on a free port with its
# data in a temporary folder, and both are gone when the command ends, however it ends.
#
#   scripts/with-postgres.sh cargo test -p db      scripts/with-postgres.sh --where   (prints the programs' folder)
#
# The server is quick and forgetful (no fsync), and sorts text as people do (ICU) where it can, so that
# a query that forgot COLLATE "C" shows.
set -euo pipefail

find_programs() {
  local dir
  for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr) "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
    if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
      echo "$dir"
      return
    fi
  done
  echo "PostgreSQL's programs (initdb, pg_ctl) are missing: scripts/setup.sh test installs them" >&2
  return 1
}

bin=$(find_programs)
[ "${1:-}" != --where ] || { echo "$bin"; exit; }
[ $# -gt 0 ] || { echo "usage: scripts/with-postgres.sh COMMAND [ARGUMENTS]" >&2; exit 2; }
[ -z "${KVSTORE_TEST_POSTGRES_URL:-}" ] || exec "$@"

dir=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-postgres.XXXXXX")

# PostgreSQL refuses to run as root: give the folder to a user who owns nothing else.
as=()
if [ "$(id -u)" = 0 ]; then
  user=nobody
  ! id postgres >/dev/null 2>&1 || user=postgres
  chown "$user" "$dir"
  as=(runuser -u "$user" --)
fi
pg() { (cd "$dir" && "${as[@]}" env LC_ALL=C.UTF-8 "$bin/$1" "${@:2}"); }

# shellcheck disable=SC2317,SC2329 # called by the trap
stop() {
  status=$?
  trap - EXIT
  pg pg_ctl stop -D "$dir/data" -m immediate >/dev/null 2>&1 || true
  rm -rf "$dir"
  exit $status
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

init=(-D "$dir/data" -U kvstore --auth=trust --encoding=UTF8 --no-sync)
pg initdb "${init[@]}" --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >"$dir/initdb.log" 2>&1 || {
  rm -rf "$dir/data"
  pg initdb "${init[@]}" --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
}
cat >>"$dir/data/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
CONF

# A port below the range that the system hands out for outgoing connections; another may take it first.
for attempt in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 12000))
  if pg pg_ctl start -w -t 60 -D "$dir/data" -o "-p $port" -l "$dir/server.log" >/dev/null; then
    break
  elif [ "$attempt" = 5 ]; then
    echo "PostgreSQL did not start; its log:" >&2
    tail -n 20 "$dir/server.log" >&2
    exit 1
  fi
done

export KVSTORE_TEST_POSTGRES_URL="postgres://kvstore@127.0.0.1:$port/postgres"
"$@"
