// KVStore with fetch. KVSTORE_URL and KVSTORE_TOKEN say where and who.

const service = `${process.env.KVSTORE_URL ?? "http://127.0.0.1:3000"}/v1`;
const dataset = `${service}/datasets/default`;

const call = (url, { headers, ...rest } = {}) =>
  fetch(url, { ...rest, headers: { authorization: `Bearer ${process.env.KVSTORE_TOKEN}`, ...headers } });

const entry = (key) => `${dataset}/entry?key=${encodeURIComponent(key)}`;

const put = (key, value, headers = {}) =>
  call(entry(key), {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  });

/** The JSON of an answer; an answer that is an error is thrown. */
async function json(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(`${body.code}: ${body.detail}`);
  return body;
}

/** With an Idempotency-Key the same call can be sent again and is done once. */
const post = async (url, body) =>
  json(
    await call(url, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() },
      body: JSON.stringify(body),
    }),
  );

/** Pages of entries until there is no cursor: a short page need not be the last. */
async function* list(prefix) {
  const query = new URLSearchParams({ prefix, limit: "2" });
  for (;;) {
    const page = await json(await call(`${dataset}/keys?${query}`));
    yield page.keys;
    if (page.next_cursor === undefined) return;
    query.set("cursor", page.next_cursor);
  }
}

// Put a value.
console.log("put:", (await put("sports", ["baseball", "hockey", "football"])).status);

// Get it.
const read = await call(entry("sports"));
console.log("get:", JSON.stringify(await json(read)));

// Change it only if it is still what was read: the etag goes back as If-Match.
const condition = { "if-match": read.headers.get("etag") };
console.log("conditional update:", (await put("sports", ["curling"], condition)).status);
console.log("conditional update with the old etag:", (await put("sports", ["curling"], condition)).status);

// List all pages.
await Promise.all([1, 2, 3, 4, 5].map((n) => put(`page/${n}`, n)));
const pages = [];
for await (const keys of list("page/")) pages.push(keys);
console.log(`list: ${pages.flat().length} keys on ${pages.length} pages`);

// Write and read many keys in one call; each has its own status.
const statuses = ({ results }) => results.map(({ status }) => status).join(" ");
const written = await post(`${dataset}/batch-write`, {
  items: [
    { op: "put", key: "user:42", value: { name: "Maya", team: "search" } },
    { op: "put", key: "team:search", value: { floor: 3 } },
    { op: "put", key: "note", value: "plain text", content_type: "text/plain", ttl: 3600 },
  ],
});
console.log("batch write:", statuses(written));
const many = await post(`${dataset}/batch-get`, { keys: ["user:42", "note", "nothing"] });
console.log("batch get:", statuses(many));

// Run calls in one: those that do not refer to each other at the same time, the chained one after what it refers to.
const { steps } = await post(`${service}/pipeline`, {
  steps: {
    who: { op: "get", key: "user:42" },
    note: { op: "get", key: "note" },
    team: { op: "get", key: "team:{{who/value/team}}" },
  },
});
console.log("pipeline:", JSON.stringify(steps.team.value));
