// Measures the service on every store; benches/service.sh brings the servers and the programs.
// Each round takes every row once, so that a drift of the machine meets all of them; rows are medians with their range.
import { spawn, spawnSync, execFileSync } from "node:child_process";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";

const { KVSTORE_BIN: bin, ENGINE_BIN: engine, BENCH_DIR: dir } = process.env;
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const KEYS = 10_000;
const VALUE = "x".repeat(1024);
const children = [];
process.on("exit", () => children.forEach((child) => child.kill()));

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** Starts a service on one store; each has one dataset more, on a store that is 5 ms away. */
async function serve(name, url) {
  const home = `${dir}/${name}`;
  mkdirSync(home, { recursive: true });
  const config = `${home}/kvstore.toml`;
  const env = { ...process.env, KVSTORE_DATABASE_URL: "none", KVSTORE_DATA_DIR: home, KVSTORE_STORE_URL: url, KVSTORE_LOG: "warn" };
  const made = spawnSync(bin, ["token", "create", "bench", "--scope", "*:admin"], { env, encoding: "utf8" });
  const stanza = made.stderr.slice(made.stderr.indexOf("[[token]]"));
  writeFileSync(
    config,
    `${stanza}\n[[cluster]]\nname = "far"\nenvironments = ["dev"]\nstorage = ["MUTABLE"]\ncapacity_gb = 1\nurl = "memory:?latency_ms=5"\n` +
      `[[dataset]]\nname = "default"\nshards = ${name.includes("cluster") || name === "dynamodb" ? 8 : 1}\n[[dataset]]\nname = "far"\ncluster = "far"\n`,
  );
  const port = await freePort();
  const child = spawn(bin, ["--config", config, "--listen", `127.0.0.1:${port}`, "serve"], { env, stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  const server = { name, base: `http://127.0.0.1:${port}`, token: made.stdout.trim(), pid: child.pid };
  for (let tries = 0; ; tries++) {
    try {
      await call(server, "GET", "/healthz");
      break;
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  return server;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const call = (server, method, path, body) =>
  new Promise((done, fail) => {
    const headers = { authorization: `Bearer ${server.token}`, ...(body ? { "content-type": "application/json" } : {}) };
    const sent = request(server.base + path, { method, agent, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => done({ status: answer.statusCode, body: Buffer.concat(chunks) }));
    });
    sent.on("error", fail);
    sent.end(body);
  });

async function fill(server) {
  for (let at = 0; at < KEYS; at += 500) {
    const items = Array.from({ length: 500 }, (_, number) => ({
      op: "put", key: key(at + number), value: VALUE, content_type: "text/plain",
    }));
    const answer = await call(server, "POST", "/v1/datasets/default/batch-write", JSON.stringify({ items }));
    const results = JSON.parse(answer.body).results ?? [];
    if (answer.status !== 200 || results.some(({ status }) => status >= 300)) throw new Error(`${server.name}: ${answer.body.subarray(0, 300)}`);
  }
}
const key = (number) => `k${String(number).padStart(5, "0")}`;

/** wrk over a path with `%05d` for the key: requests a second and p99 in ms. */
function wrk({ base, token }, path, { method = "GET", connections = 64 } = {}) {
  const script = `${dir}/wrk.lua`;
  const body = method === "PUT" ? `wrk.body = ${JSON.stringify(VALUE)}` : "";
  writeFileSync(
    script,
    `wrk.method = "${method}"\nwrk.headers["Authorization"] = "Bearer ${token}"\nwrk.headers["Content-Type"] = "text/plain"\n${body}\n` +
      `math.randomseed(os.time())\nrequest = function() return wrk.format(nil, string.format("${path}", math.random(0, ${KEYS - 1}))) end\n`,
  );
  const threads = Math.min(2, connections);
  const out = execFileSync("wrk", ["--latency", `-t${threads}`, `-c${connections}`, `-d${seconds}s`, "-s", script, base], { encoding: "utf8" });
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]);
  const [, number, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(out);
  if (/Non-2xx/.test(out)) throw new Error(`${base}${path}: ${out}`);
  return { rate, p99: Number(number) * { us: 0.001, ms: 1, s: 1000 }[unit] };
}

/** `work` again and again, one after another, for the measured time: how many a second, and the median in ms. */
async function paced(work) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { rate: (times.length / seconds), p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] };
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

// --- servers ----------------------------------------------------------------------------------------------

const urls = {
  memory: "memory:",
  embedded: `embedded:${dir}/kv`,
  postgres: process.env.KVSTORE_TEST_POSTGRES_URL,
  redis: process.env.KVSTORE_TEST_REDIS_URL,
  "redis-cluster": process.env.KVSTORE_TEST_REDIS_CLUSTER_URL,
  dynamodb: process.env.KVSTORE_TEST_DYNAMODB_URL,
};
const absent = [];
const servers = {};
for (const [name, url] of Object.entries(urls)) {
  if (!url) {
    absent.push(name);
    continue;
  }
  servers[name] = await serve(name, url);
  await fill(servers[name]);
}
const peer = await webdis().catch((error) => (absent.push(`webdis (${error.message})`), undefined));

async function webdis() {
  const redis = new URL(process.env.KVSTORE_TEST_REDIS_URL);
  const port = await freePort();
  writeFileSync(
    `${dir}/webdis.json`,
    JSON.stringify({
      redis_host: redis.hostname, redis_port: Number(redis.port), http_host: "127.0.0.1", http_port: port, threads: 2, pool_size: 20,
      daemonize: false, verbosity: 0, logfile: `${dir}/webdis.log`, http_max_request_size: 1 << 20, acl: [{ disabled: [] }],
    }),
  );
  const child = spawn("webdis", [`${dir}/webdis.json`], { stdio: "ignore" });
  children.push(child);
  await new Promise((done, fail) => (child.on("error", fail), setTimeout(done, 500)));
  const server = { base: `http://127.0.0.1:${port}`, token: "none" };
  for (let number = 0; number < KEYS; number++) {
    await call(server, "GET", `/SET/bench:${key(number)}/${VALUE}.txt`);
  }
  return server;
}

// --- rows -------------------------------------------------------------------------------------------------

const keys100 = JSON.stringify({ keys: Array.from({ length: 100 }, (_, number) => key(number * 97)) });
const step = (number) => [`s${number}`, { op: "get", dataset: "far", key: "k" }];
const pipeline = (count) => JSON.stringify({ steps: Object.fromEntries(Array.from({ length: count }, (_, number) => step(number))) });
const { memory, embedded } = servers;
await call(memory, "PUT", "/v1/datasets/far/keys/k", "1");

const rows = [["constant from the same router", () => wrk(embedded, "/healthz?%05d")]];
for (const [name, server] of Object.entries(servers)) {
  rows.push([`GET ${name}`, () => wrk(server, "/v1/keys/k%05d")]);
  rows.push([`PUT ${name}`, () => wrk(server, "/v1/keys/k%05d", { method: "PUT" })]);
}
rows.push(["PUT embedded, 1 client", () => wrk(embedded, "/v1/keys/k%05d", { method: "PUT", connections: 1 })]);
if (peer) rows.push(["GET webdis, same Redis", () => wrk(peer, "/GET/bench:k%05d.txt")]);
rows.push(["batch-get of 100", () => paced(() => call(embedded, "POST", "/v1/datasets/default/batch-get", keys100))]);
rows.push(["100 GETs, 1 connection", () => paced(async () => { for (let number = 0; number < 100; number++) await call(embedded, "GET", `/v1/keys/${key(number * 97)}`); })]);
rows.push(["list of 1 000, with values", () => paced(() => call(embedded, "GET", "/v1/keys?limit=1000&values=1"))]);
rows.push(["1 step, store 5 ms away", () => paced(() => call(memory, "POST", "/v1/pipeline", pipeline(1)))]);
rows.push(["10 independent steps", () => paced(() => call(memory, "POST", "/v1/pipeline", pipeline(10)))]);
const direct = () => JSON.parse(execFileSync(engine, [`embedded:${dir}/direct`, String(seconds / 2), "1024"], { encoding: "utf8" }));

const measured = Object.fromEntries(rows.map(([name]) => [name, []]));
const engines = [];
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of rows) measured[name].push(await run());
  engines.push(direct());
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const of = (name, field = "rate") => median(measured[name].map((one) => one[field]));
console.log(`\n${"row".padEnd(34)}${"per second (range)".padStart(30)}${"p99 ms".padStart(10)}${"p50 ms".padStart(10)}`);
for (const [name] of rows) {
  const rates = measured[name].map(({ rate }) => rate);
  const range = `${Math.round(of(name))} (${Math.round(Math.min(...rates))}–${Math.round(Math.max(...rates))})`;
  const p50 = measured[name][0].p50 === undefined ? "" : of(name, "p50").toFixed(2);
  console.log(name.padEnd(34) + range.padStart(30) + of(name, "p99").toFixed(2).padStart(10) + p50.padStart(10));
}
const called = Object.fromEntries(Object.keys(engines[0]).map((name) => [name, median(engines.map((one) => one[name]))]));
console.log(`the embedded store called directly: ${JSON.stringify(called)}`);

const ratios = {
  "GET embedded / constant (≥ 0.90)": of("GET embedded") / of("constant from the same router"),
  "PUT embedded, 64 / called directly (≥ 0.70)": of("PUT embedded") / called.put_64,
  "PUT embedded, 1 / called directly (≥ 0.90)": of("PUT embedded, 1 client") / called.put_1,
  ...(peer ? { "GET redis / webdis (≥ 1.5)": of("GET redis") / of("GET webdis, same Redis") } : {}),
  "keys by batch-get / by GETs (≥ 20)": of("batch-get of 100") / of("100 GETs, 1 connection"),
  "10 steps / 1 step, time (≤ 1.3)": of("10 independent steps", "p50") / of("1 step, store 5 ms away", "p50"),
};
console.log("");
for (const [name, ratio] of Object.entries(ratios)) console.log(name.padEnd(48) + ratio.toFixed(2).padStart(8));

// Memory of connections: kept open and idle, then each with a request running.
const before = resident(memory.pid);
const hold = new Agent({ keepAlive: true, maxSockets: 1000 });
const open = () =>
  Promise.all(Array.from({ length: 1000 }, () =>
    new Promise((done, fail) => {
      const sent = request(`${memory.base}/v1/datasets/far/keys/k`, { agent: hold, headers: { authorization: `Bearer ${memory.token}` } }, (answer) => {
        answer.resume();
        answer.on("end", done);
      });
      sent.on("error", fail);
      sent.end();
    })));
let most = 0;
const watching = setInterval(() => (most = Math.max(most, resident(memory.pid))), 2);
await open();
clearInterval(watching);
const idle = resident(memory.pid);
console.log(`memory: ${before.toFixed(0)} MB, with 1 000 connections at work ${most.toFixed(0)} MB, with the same idle ${idle.toFixed(0)} MB`);
for (const name of absent) console.log(`\x1b[31mABSENT: ${name}\x1b[0m`);
console.log(JSON.stringify({ rows: measured, called, ratios, memory_mb: { before, most, idle }, absent }));
hold.destroy();
process.exit(absent.length > 0 ? 1 : 0);
