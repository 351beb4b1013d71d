// What every spec stands on: a real server with its own database, people with sessions of it, and a watch over the
// browser's console. A hydration warning, a console error or an uncaught exception fails the test that caused it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { test as base, type Browser, type BrowserContext, expect, type Page } from "@playwright/test";

export { expect };
export type { Page };

const root = path.resolve(__dirname, "..");
const binary = process.env.KVSTORE_BIN ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug/kvstore");

/** A running server. */
export class Server {
  constructor(
    readonly url: string,
    private readonly folder: string,
    private process: ChildProcess,
    private readonly start: () => Promise<ChildProcess>,
  ) {}

  /** Ends the server as an operator would, and starts it again on the same address and data. */
  async restart(whileDown: () => Promise<void> = async () => {}) {
    await stop(this.process);
    await whileDown();
    this.process = await this.start();
  }

  async close() {
    await stop(this.process);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Starts a server on its own data: the demo people and `requests` seeded requests; on a port, with lines of
 * configuration and with variables of the environment where those are given.
 */
export async function startServer(
  requests = 60,
  databaseUrl?: string,
  more: { port?: number; config?: string; env?: Record<string, string> } = {},
): Promise<Server> {
  const folder = mkdtempSync(path.join(tmpdir(), "kvstore-e2e-"));
  const port = more.port ?? (await freePort());
  const config = path.join(folder, "kvstore.toml");
  writeFileSync(config, more.config ?? "");
  const env = {
    ...process.env,
    KVSTORE_CONFIG: config,
    KVSTORE_LISTEN: `127.0.0.1:${port}`,
    KVSTORE_DATA_DIR: folder,
    KVSTORE_DATABASE_URL: databaseUrl ?? `sqlite://${path.join(folder, "kvstore.db")}`,
    ...more.env,
  };
  execFileSync(binary, ["seed", "--demo", "--requests", String(requests), "--seed", "7"], { cwd: root, env, stdio: "pipe" });
  const start = async () => {
    const child = spawn(binary, ["serve", "--demo"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => said.push(String(chunk)));
    for (let tries = 0; tries < 200; tries++) {
      if (child.exitCode !== null) throw new Error(`the server ended at its start:\n${said.join("")}`);
      const answered = await fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok, () => false);
      if (answered) return child;
      await new Promise((done) => setTimeout(done, 50));
    }
    child.kill("SIGKILL");
    throw new Error(`the server was not ready within 10 s:\n${said.join("")}`);
  };
  return new Server(`http://127.0.0.1:${port}`, folder, await start(), start);
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once("exit", () => done());
    child.kill("SIGTERM");
  });
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no port"))));
    });
  });
}

/** What the console must never say. */
function watch(context: BrowserContext, faults: string[]) {
  context.on("page", (page) => {
    page.on("console", (message) => {
      const text = message.text();
      const isFault = message.type() === "error" || /hydrat|unreachable|panicked/i.test(text);
      // The browser itself reports every answer of 4xx and 5xx as an error; the specs ask for those on purpose.
      if (isFault && !/Failed to load resource/.test(text)) faults.push(`${message.type()}: ${text}`);
    });
    page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  });
}

/** Signs in with the post of the sign-in page, whose buttons sign-in.spec.ts presses: the browser's session is then theirs. */
export async function signIn(page: Page, name: string) {
  const plain = name.normalize("NFD").replace(/[^A-Za-z ]/g, "");
  const handle = plain.toLowerCase().replace(" ", ".");
  const answer = await page.request.post("/sign-in", { form: { handle }, maxRedirects: 0 });
  expect(answer.status(), `signing in as ${handle}`).toBe(303);
}

/** Waits until the page is alive in the browser: only then do clicks run code. */
export async function hydrated(page: Page) {
  await page.locator("html.js").waitFor();
}

interface Fixtures {
  /** Opens one more browser, signed in as somebody. */
  as: (name: string) => Promise<Page>;
}

export const test = base.extend<Fixtures, { server: Server }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.close();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  context: async ({ context }, use) => {
    const faults: string[] = [];
    watch(context, faults);
    await use(context);
    expect(faults, "the browser's console").toEqual([]);
  },
  as: async ({ browser, baseURL, javaScriptEnabled }, use) => {
    const contexts: BrowserContext[] = [];
    const faults: string[] = [];
    const open = async (browser: Browser, name: string) => {
      const context = await browser.newContext({ baseURL, javaScriptEnabled, viewport: { width: 1440, height: 900 } });
      watch(context, faults);
      contexts.push(context);
      const page = await context.newPage();
      await signIn(page, name);
      return page;
    };
    await use((name) => open(browser, name));
    for (const context of contexts) await context.close();
    expect(faults, "the browsers' consoles").toEqual([]);
  },
});
