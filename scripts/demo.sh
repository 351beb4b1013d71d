#!/usr/bin/env bash
# make demo: the key-value service on two stores that configuration chooses, and every use of it: all keys, one key, add,
# update, delete; many simultaneous calls compiled into one result; a call whose result decides the next. First with
# curl, then with the client. Each call is shown with its answer and its time, and each answer is checked: the first
# difference ends it with 1. What it starts and writes is gone at the end.
# KVSTORE_BIN names a built program; without it one is built. KVSTORE_DEMO_STORE=URL is the second store instead of a
# Redis that is started here, or of one in memory where Redis is not installed.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$KV_ROOT"

program=${KVSTORE_BIN:-}
if [ -z "$program" ]; then
  scripts/setup.sh run
  cargo_dev build --quiet -p server --bin kvstore
  program=$CARGO_TARGET_DIR/debug/kvstore
fi
second=${KVSTORE_DEMO_STORE:-}
# No other setting of the caller counts in here.
unset "${!KVSTORE_@}"

dir=$(mktemp -d "${TMPDIR:-/tmp}/kvstore-demo.XXXXXX")
pids=()
# shellcheck disable=SC2317,SC2329 # called by the trap
stop() {
  status=$?
  trap - EXIT
  [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait
  rm -rf "$dir"
  exit $status
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# The client is called by its name, as a user does.
mkdir "$dir/bin"
ln -s "$(readlink -f "$program")" "$dir/bin/kvstore"
PATH=$dir/bin:$PATH
cd "$dir"

# ---- the two stores

if [ -z "$second" ]; then
  second=memory:
  redis=$(command -v redis-server || command -v valkey-server || command -v "$KV_TOOLS/redis/redis-server" || true)
  for _ in 1 2 3 4 5; do
    [ -n "$redis" ] || break
    port=$((12000 + RANDOM % 10000))
    "$redis" --port "$port" --bind 127.0.0.1 --dir "$dir" --save '' --appendonly no --logfile "$dir/redis.log" >/dev/null 2>&1 &
    pid=$!
    for _ in $(seq 100); do
      if grep -q 'Ready to accept connections' redis.log 2>/dev/null; then
        pids+=("$pid")
        second=redis://127.0.0.1:$port/
        break 2
      fi
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    rm -f redis.log
  done
fi

cat >kvstore.toml <<END
listen = "127.0.0.1:0"
database_url = "none"
data_dir = "$dir/data"
store_url = "embedded:$dir/data/default"

[[cluster]]
name = "disk"
url = "embedded:$dir/data/disk"
environments = ["dev"]
storage = ["MUTABLE"]
capacity_gb = 1

[[cluster]]
name = "cache"
url = "$second"
environments = ["dev"]
storage = ["MUTABLE"]
capacity_gb = 1

[[dataset]]
name = "users"
cluster = "disk"

[[dataset]]
name = "teams"
cluster = "cache"

END
KVSTORE_TOKEN=$(kvstore token create demo --scope '*:admin' 2>token.toml)
sed -n '/^\[\[token/,$p' token.toml >>kvstore.toml
export KVSTORE_TOKEN

kvstore serve >serve.out 2>serve.log &
pids+=($!)
for _ in $(seq 200); do
  KVSTORE_URL=$(sed -n 's|.* keys at \(http://[^/]*\)/v1,.*|\1|p' serve.out)
  [ -z "$KVSTORE_URL" ] || break
  kill -0 "${pids[-1]}" 2>/dev/null || die "the service did not start: $(cat serve.out serve.log)"
  sleep 0.05
done
[ -n "$KVSTORE_URL" ] || die "the service did not start in 10 s: $(cat serve.out serve.log)"
export KVSTORE_URL

# ---- how calls are shown and checked

bold='' plain=''
[ ! -t 1 ] || bold=$'\e[1m' plain=$'\e[0m'
checks=0

title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# What differs from run to run: etags, moments, milliseconds.
steady() {
  sed -E 's/etag":"(\\.|[^"\\])*"/etag":"…"/g; s/_at":"[^"]*"/_at":"…"/g; s/ms":[0-9.eE-]+/ms":0/g; s/ +[0-9]+\.[0-9]+ ms/ 0 ms/g' <<<"$1"
}

expect() { # WHAT EXPECTED FOUND
  checks=$((checks + 1))
  [ "$2" = "$3" ] || die "DIFFERENT $1
  expected: $2
  found:    $3"
}

# call STATUS BODY METHOD PATH [CURL ARGUMENTS]: BODY without what differs from run to run. The answer is left in $body,
# its etag in $etag. The token stands in a file, because others can see the arguments of a program.
printf 'Authorization: Bearer %s\n' "$KVSTORE_TOKEN" >authorization
call() {
  local expected_status=$1 expected=$2 method=$3 path=$4 word line figures status seconds
  shift 4
  line="curl -X $method -H @authorization"
  for word in "$@"; do
    case $word in *[!A-Za-z0-9/:._=-]*) line+=" '$word'" ;; *) line+=" $word" ;; esac
  done
  printf '  $ %s %s\n' "$line" "'\$KVSTORE_URL$path'"
  figures=$(curl -sS -X "$method" -H @authorization -D headers -o body -w '%{http_code} %{time_total}' "$@" "$KVSTORE_URL$path")
  read -r status seconds <<<"$figures"
  body=$(cat body)
  etag=$(tr -d '\r' <headers | sed -n 's/^etag: //ip')
  printf '    %s %s   %s\n' "$method" "$path" "$(awk -v s="$seconds" 'BEGIN { printf "%.1f ms", s * 1000 }')"
  printf '    %s %s\n' "$status" "$body"
  expect "status of $method $path" "$expected_status" "$status"
  expect "answer of $method $path" "$expected" "$(steady "$body")"
}

# client CODE OUTPUT WORDS: the same with the client, which reads what stands in $input. The output is left in $body.
input=''
client() {
  local expected_code=$1 expected=$2 code=0 word line=kvstore began
  shift 2
  for word in "$@"; do
    case $word in *[!A-Za-z0-9/:._=-]*) line+=" '$word'" ;; *) line+=" $word" ;; esac
  done
  [ -z "$input" ] || line="echo '$input' | $line"
  printf '  $ %s\n' "$line"
  began=$(date +%s%N)
  body=$(kvstore "$@" <<<"$input" 2>said) || code=$?
  printf '    exit code %s   %s\n' "$code" "$(awk -v ns=$(($(date +%s%N) - began)) 'BEGIN { printf "%.1f ms", ns / 1e6 }')"
  cat said <(printf '%s\n' "$body") | sed '/^$/d; s/^/    /'
  expect "exit code of $line" "$expected_code" "$code"
  [ "$expected" = - ] || expect "output of $line" "$expected" "$(steady "$body")"
}

json='Content-Type: application/json'
sports='["baseball","hockey","football"]'
more='["baseball","hockey","football","curling"]'
listed() { printf '{"key":"%s","etag":"…","content_type":"application/json","size":%s,"updated_at":"…"}' "$1" "$2"; }
got() { # KEY VALUE
  printf '"status":200,"key":"%s","etag":"…","content_type":"application/json","size":%s,"updated_at":"…","value":%s,"ms":0' "$1" "${#2}" "$2"
}
maya='{"name":"Maya","team":"search"}'
search='{"name":"Search","floor":3}'
ads='{"name":"Ads","floor":7}'

printf 'The service runs at %s: users are on an embedded store, teams on %s.\n' "$KVSTORE_URL" "${second%%:*}"

# ---- the walk with curl

title 'Add'
call 201 '{"key":"sports","etag":"…"}' PUT /v1/keys/sports -H "$json" -d "$sports"
title 'One key'
call 200 "$sports" GET /v1/keys/sports
read_tag=$etag
title 'All keys'
call 201 '{"key":"colours","etag":"…"}' PUT /v1/keys/colours -H "$json" -d '["red","green"]'
call 200 "{\"keys\":[$(listed colours 15),$(listed sports 32)]}" GET /v1/keys
title 'Update: only what was read, so that nobody overwrites another'
call 200 '{"key":"sports","etag":"…"}' PUT /v1/keys/sports -H "$json" -H "If-Match: $read_tag" -d "$more"
call 200 "$more" GET /v1/keys/sports
call 412 '{"type":"about:blank","title":"Precondition Failed","status":412,"code":"precondition_failed","detail":"the entry is not what the precondition asked for; read it again and decide anew","current_etag":"…"}' \
  PUT /v1/keys/sports -H "$json" -H "If-Match: $read_tag" -d '[]'
title 'Delete'
call 204 '' DELETE /v1/keys/colours
call 404 '{"type":"about:blank","title":"Not Found","status":404,"code":"no_such_key","detail":"there is no entry under this key"}' GET /v1/keys/colours

title 'Two stores behind one API'
call 201 '{"key":"42","etag":"…"}' PUT /v1/datasets/users/keys/42 -H "$json" -d "$maya"
call 201 '{"key":"search","etag":"…"}' PUT /v1/datasets/teams/keys/search -H "$json" -d "$search"
call 201 '{"key":"ads","etag":"…"}' PUT /v1/datasets/teams/keys/ads -H "$json" -d "$ads"

title 'Simultaneous calls, compiled into one result'
simultaneous='{"steps": {"user": {"op": "get", "dataset": "users", "key": "42"}, "team": {"op": "get", "dataset": "teams", "key": "ads"}, "sports": {"op": "get", "key": "sports"}}}'
none=',"start_ms":0,"after":[]'
call 200 "{\"complete\":true,\"ms\":0,\"steps\":{\"user\":{$(got 42 "$maya")$none},\"team\":{$(got ads "$ads")$none},\"sports\":{$(got sports "$more")$none}}}" \
  POST '/v1/pipeline?explain=1' -H "$json" -d "$simultaneous"

title 'A chained call: the user that is found decides which team is read'
# shellcheck disable=SC2016 # $ref is no variable
chained='{"steps": {"who": {"op": "get", "dataset": "users", "key": "42"}, "team": {"op": "get", "dataset": "teams", "key": {"$ref": "who/value/team"}}}}'
compiled() { # USER KEY TEAM
  printf '{"complete":true,"ms":0,"steps":{"who":{%s%s},"team":{%s,"start_ms":0,"after":["who"]}}}' "$(got 42 "$1")" "$none" "$(got "$2" "$3")"
}
call 200 "$(compiled "$maya" search "$search")" POST '/v1/pipeline?explain=1' -H "$json" -d "$chained"
moved='{"name":"Maya","team":"ads"}'
call 200 "$moved" PATCH /v1/datasets/users/keys/42 -H 'Content-Type: application/merge-patch+json' -d '{"team":"ads"}'
call 200 "$(compiled "$moved" ads "$ads")" POST '/v1/pipeline?explain=1' -H "$json" -d "$chained"

# ---- the same with the client

title 'The same with the client: add, one key, all keys'
call 204 '' DELETE /v1/keys/sports
client 0 - put sports "$sports" --type json
read_tag=$body
client 0 - put colours '["red","green"]' --type json
client 0 "$sports" get sports
client 0 $'colours\nsports' list
title 'Update and delete'
client 0 - put sports "$more" --type json --if-match "$read_tag"
client 4 '' put sports '[]' --type json --if-match "$read_tag"
client 0 "$more" get sports
client 0 '' delete colours
client 3 '' get colours
title 'Simultaneous and chained'
input=$simultaneous
client 0 "user    200 0 ms  $moved
team    200 0 ms  $ads
sports  200 0 ms  $more
complete in 0 ms" pipeline -
input=$chained
client 0 - pipeline - --explain
expect 'chain of the client' 1 "$(grep -c 'after who' <<<"$body")"
client 0 "$(compiled "$moved" ads "$ads")" pipeline - --explain --json

printf '\n%d checks, all as expected.\n' "$checks"
