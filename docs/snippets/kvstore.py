"""KVStore with Python's standard library. KVSTORE_URL and KVSTORE_TOKEN say where and who."""

import json
import os
import urllib.error
import urllib.request
import uuid
from urllib.parse import quote, urlencode

SERVICE = os.environ.get("KVSTORE_URL", "http://127.0.0.1:3000") + "/v1"
DATASET = SERVICE + "/datasets/default"
TOKEN = os.environ["KVSTORE_TOKEN"]


def call(method, url, body=None, **headers):
    """Gives status, headers and body. An answer that is an error is an answer, too."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["Authorization"] = f"Bearer {TOKEN}"
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def entry(key):
    return f"{DATASET}/entry?key={quote(key, safe='')}"


def put(key, value, **headers):
    return call("PUT", entry(key), json.dumps(value).encode(), Content_Type="application/json", **headers)


def post(url, body):
    """With an Idempotency-Key the same call can be sent again and is done once."""
    headers = {"Content_Type": "application/json", "Idempotency_Key": str(uuid.uuid4())}
    status, _, answer = call("POST", url, json.dumps(body).encode(), **headers)
    answer = json.loads(answer)
    if status != 200:
        raise RuntimeError(f"{answer['code']}: {answer['detail']}")
    return answer


def list_all(prefix):
    """Gives pages of entries until there is no cursor: a short page need not be the last."""
    query = {"prefix": prefix, "limit": 2}
    while True:
        status, _, answer = call("GET", f"{DATASET}/keys?{urlencode(query)}")
        answer = json.loads(answer)
        if status != 200:
            raise RuntimeError(f"{answer['code']}: {answer['detail']}")
        yield answer["keys"]
        if "next_cursor" not in answer:
            return
        query["cursor"] = answer["next_cursor"]


# Put a value.
status, _, _ = put("sports", ["baseball", "hockey", "football"])
print("put:", status)

# Get it.
_, headers, value = call("GET", entry("sports"))
print("get:", json.dumps(json.loads(value), separators=(",", ":")))

# Change it only if it is still what was read: the etag goes back as If-Match.
status, _, _ = put("sports", ["curling"], If_Match=headers["ETag"])
print("conditional update:", status)
status, _, _ = put("sports", ["curling"], If_Match=headers["ETag"])
print("conditional update with the old etag:", status)

# List all pages.
for n in range(1, 6):
    put(f"page/{n}", n)
pages = list(list_all("page/"))
print(f"list: {sum(map(len, pages))} keys on {len(pages)} pages")

# Write and read many keys in one call; each has its own status.
items = [
    {"op": "put", "key": "user:42", "value": {"name": "Maya", "team": "search"}},
    {"op": "put", "key": "team:search", "value": {"floor": 3}},
    {"op": "put", "key": "note", "value": "plain text", "content_type": "text/plain", "ttl": 3600},
]
written = post(f"{DATASET}/batch-write", {"items": items})["results"]
print("batch write:", *(result["status"] for result in written))
read = post(f"{DATASET}/batch-get", {"keys": ["user:42", "note", "nothing"]})["results"]
print("batch get:", *(result["status"] for result in read))

# Run calls in one: those that do not refer to each other at the same time, the chained one after what it refers to.
steps = {
    "who": {"op": "get", "key": "user:42"},
    "note": {"op": "get", "key": "note"},
    "team": {"op": "get", "key": "team:{{who/value/team}}"},
}
report = post(f"{SERVICE}/pipeline", {"steps": steps})
print("pipeline:", json.dumps(report["steps"]["team"]["value"], separators=(",", ":")))
