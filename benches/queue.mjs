// Measures the queue page from the server: whole HTML, one request after another on a kept-alive connection.
// usage: node benches/queue.mjs LABEL URL [LABEL URL ...]; the views are taken in turn on every server, so that a drift of the
// machine meets all of them. Prints a table and, as its last line, the same as JSON.
import { Agent, request } from "node:http";

const rounds = Number(process.env.BENCH_ROUNDS ?? 120);
const warmup = 10;
const views = {
  "default": "/queue",
  "open": "/queue?status=open",
  "sort by size": "/queue?sort=-size",
  "sort by name": "/queue?sort=name",
  "sort by needed by": "/queue?sort=needed_by",
  "one team": "/queue?team=search",
  "one reviewer": "/queue?reviewer=lena.park",
  "search": "/queue?q=profile",
  "team, status, two sort keys": "/queue?team=search&status=completed&sort=priority,-size",
};

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const call = (method, url, headers = {}, body = "") =>
  new Promise((done, fail) => {
    const sent = request(url, { method, agent, headers }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk) => (bytes += chunk.length));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, bytes }));
    });
    sent.on("error", fail);
    sent.end(body);
  });

async function signIn(base) {
  const answer = await call(
    "POST",
    `${base}/sign-in`,
    { "content-type": "application/x-www-form-urlencoded", origin: base, "sec-fetch-site": "same-origin" },
    "handle=lena.park",
  );
  const cookie = answer.headers["set-cookie"]?.map((line) => line.split(";")[0]).join("; ");
  if (answer.status !== 303 || !cookie) throw new Error(`sign-in at ${base} answered ${answer.status}`);
  return cookie;
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];

const servers = [];
for (let at = 2; at + 1 < process.argv.length; at += 2) {
  const [label, base] = [process.argv[at], process.argv[at + 1]];
  servers.push({ label, base, cookie: await signIn(base), times: {} });
}
for (const [name, path] of Object.entries(views)) {
  for (const server of servers) server.times[name] = [];
  for (let round = -warmup; round < rounds; round++) {
    for (const server of servers) {
      const started = process.hrtime.bigint();
      const answer = await call("GET", server.base + path, { cookie: server.cookie });
      const ms = Number(process.hrtime.bigint() - started) / 1e6;
      if (answer.status !== 200) throw new Error(`${path} at ${server.label} answered ${answer.status}`);
      if (round >= 0) server.times[name].push(ms);
    }
  }
}
const rows = Object.keys(views).map((name) => ({
  view: name,
  ...Object.fromEntries(
    servers.map((server) => {
      const sorted = server.times[name].toSorted((a, b) => a - b);
      return [server.label, { p50: +quantile(sorted, 0.5).toFixed(2), p99: +quantile(sorted, 0.99).toFixed(2) }];
    }),
  ),
}));
const width = 30;
console.log(`queue page, server time in ms (p50 / p99 of ${rounds}), whole HTML of 50 rows`);
console.log("view".padEnd(width) + servers.map((server) => server.label.padStart(22)).join("") + (servers.length > 1 ? "   p50 ratio" : ""));
for (const row of rows) {
  const cells = servers.map((server) => `${row[server.label].p50} / ${row[server.label].p99}`.padStart(22)).join("");
  const first = row[servers[0].label].p50;
  const last = row[servers.at(-1).label].p50;
  console.log(row.view.padEnd(width) + cells + (servers.length > 1 ? `   ${(last / first).toFixed(2)}` : ""));
}
console.log(JSON.stringify({ bench: "queue", rounds, rows }));
agent.destroy();
