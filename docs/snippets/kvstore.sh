#!/usr/bin/env bash
# KVStore with curl. KVSTORE_URL and KVSTORE_TOKEN say where and who.
set -euo pipefail
url=${KVSTORE_URL:-http://127.0.0.1:3000}/v1/datasets/default

# The token goes by a file handle: arguments can be seen by other users of the machine.
call() { curl --silent --show-error --header @<(printf 'Authorization: Bearer %s\n' "$KVSTORE_TOKEN") "$@"; }
status() { call --output /dev/null --write-out '%{http_code}' "$@"; }
json=(--header 'Content-Type: application/json')

# Put a value. Other characters of a key than letters, digits, `-`, `.`, `_` and `~` go percent-encoded.
sports='["baseball","hockey","football"]'
echo "put: $(status --request PUT "${json[@]}" --data "$sports" "$url/entry?key=sports")"

# Get it.
echo "get: $(call "$url/entry?key=sports")"

# Change it only if it is still what was read: the etag goes back as If-Match.
etag=$(call --head "$url/entry?key=sports" | tr -d '\r' | sed -n 's/^etag: //ip')
replace() {
  status --request PUT "${json[@]}" --header "If-Match: $etag" --data '["curling"]' "$url/entry?key=sports"
}
echo "conditional update: $(replace)"
echo "conditional update with the old etag: $(replace)"

# List all pages: no next_cursor is the end, not a short page.
for n in 1 2 3 4 5; do
  status --request PUT --data "$n" --header 'Content-Type: text/plain' "$url/entry?key=page%2F$n" >/dev/null
done
keys=0 pages=0 cursor=
while :; do
  # In NDJSON the cursor is a header, so that no JSON parser is needed.
  page=$(call --dump-header - --header 'Accept: application/x-ndjson' \
    "$url/keys?prefix=page%2F&limit=2${cursor:+&cursor=$cursor}" | tr -d '\r')
  keys=$((keys + $(grep -c '^{' <<<"$page" || true)))
  pages=$((pages + 1))
  cursor=$(sed -n 's/^next-cursor: //ip' <<<"$page")
  [ -n "$cursor" ] || break
done
echo "list: $keys keys on $pages pages"

# Write and read many keys. With an Idempotency-Key the same call can be sent again and is done once.
post() { call "${json[@]}" --header "Idempotency-Key: curl-$RANDOM-$RANDOM" --data "$2" "$1"; }
statuses() { grep -o '"status":[0-9]*' | cut -d: -f2 | paste -s -d ' ' -; }
echo "batch write: $(post "$url/batch-write" '{"items": [
  {"op": "put", "key": "user:42", "value": {"name": "Maya", "team": "search"}},
  {"op": "put", "key": "team:search", "value": {"floor": 3}},
  {"op": "put", "key": "note", "value": "plain text", "content_type": "text/plain", "ttl": 3600}]}' | statuses)"
echo "batch get: $(post "$url/batch-get" '{"keys": ["user:42", "note", "nothing"]}' | statuses)"

# Run calls in one: those that do not refer to each other at the same time, the chained one after what it refers to.
echo "pipeline: $(post "${url%/datasets/*}/pipeline" '{"steps": {
  "who":  {"op": "get", "key": "user:42"},
  "note": {"op": "get", "key": "note"},
  "team": {"op": "get", "key": "team:{{who/value/team}}"}}}' | grep -o '{"floor":[^}]*}' | tr -d ' ')"
