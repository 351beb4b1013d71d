// E-mail and webhooks, against programs that take them: each is stopped while messages are due and started again, and
// then all have come, once.
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { act, file, open, region, uniqueName } from "./acts";
import { expect, type Page, type Server, signIn, startServer, test as base } from "./fixtures";

/** What a mail server was given. */
class MailBox {
  readonly messages: string[] = [];
  private server?: SMTPServer;
  port = 0;

  async start() {
    this.server = new SMTPServer({
      disabledCommands: ["AUTH", "STARTTLS"],
      logger: false,
      onData: (stream, _session, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", () => {
          this.messages.push(Buffer.concat(parts).toString("utf8"));
          done();
        });
      },
    });
    const server = this.server;
    await new Promise<void>((done) => server.listen(this.port, "127.0.0.1", done));
    this.port = (server.server.address() as AddressInfo).port;
  }

  async stop() {
    const server = this.server;
    if (server) await new Promise<void>((done) => server.close(done));
  }

  about(id: string): string[] {
    return this.messages.filter((message) => header(message, "Subject").includes(id));
  }
}

interface Call {
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** What a webhook was sent. Answers with the next of `answers`, and with 200 where there is none. */
class Hook {
  readonly calls: Call[] = [];
  readonly answers: number[] = [];
  private server?: HttpServer;
  port = 0;

  async start() {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        this.calls.push({ path: request.url ?? "", headers: request.headers, body });
        const status = this.answers.shift() ?? 200;
        response.writeHead(status, status === 302 ? { location: `http://127.0.0.1:${this.port}/elsewhere` } : {});
        response.end();
      });
    });
    this.server = server;
    await new Promise<void>((done) => server.listen(this.port, "127.0.0.1", done));
    this.port = (server.address() as AddressInfo).port;
  }

  async stop() {
    const server = this.server;
    server?.closeAllConnections();
    if (server) await new Promise((done) => server.close(done));
  }

  about(id: string): Call[] {
    return this.calls.filter((call) => call.body.includes(id));
  }
}

interface World {
  mail: MailBox;
  hook: Hook;
}

const test = base.extend<object, World & { server: Server }>({
  mail: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const mail = new MailBox();
      await mail.start();
      await use(mail);
      await mail.stop();
    },
    { scope: "worker" },
  ],
  hook: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const hook = new Hook();
      await hook.start();
      await use(hook);
      await hook.stop();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ mail }, use) => {
      const server = await startServer(1, undefined, {
        env: {
          KVSTORE_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
          KVSTORE_MAIL_FROM: "KVStore <kvstore@example.com>",
          KVSTORE_WEBHOOKS_PRIVATE: "true",
        },
      });
      await use(server);
      await server.close();
    },
    { scope: "worker" },
  ],
});

/** A header of a message, unfolded. */
function header(message: string, name: string): string {
  const head = message.slice(0, message.indexOf("\r\n\r\n")).replace(/\r\n[ \t]+/g, " ");
  const line = head.split("\r\n").find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}: `));
  return line?.slice(name.length + 2) ?? "";
}

/** A part of a message by its type, decoded. */
function part(message: string, type: string): string {
  const boundary = /boundary="([^"]+)"/.exec(header(message, "Content-Type"))?.[1] ?? "";
  const found = message.split(`--${boundary}`).find((part) => header(part.trimStart(), "Content-Type").startsWith(type)) ?? "";
  const body = found.trimStart().slice(found.trimStart().indexOf("\r\n\r\n") + 4);
  switch (header(found.trimStart(), "Content-Transfer-Encoding")) {
    case "base64":
      return Buffer.from(body, "base64").toString("utf8");
    case "quoted-printable": {
      const bytes = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, "latin1").toString("utf8");
    }
    default:
      return body;
  }
}

/** Gives somebody the address that mail goes to. */
async function address(page: Page, email: string, name: string) {
  const answer = await page.request.post("/settings", { form: { do: "profile", name, email }, maxRedirects: 0 });
  expect(answer.status()).toBe(303);
}

/** Lets time pass for the server, so that what waits for another try is due. */
async function pass(admin: Page, time: string) {
  const answer = await admin.request.post("/demo/clock", { form: { advance: time }, maxRedirects: 0 });
  expect(answer.status()).toBe(303);
}

test("a mail server that was away gets every message once, in text and HTML", async ({ page, as, mail }) => {
  await signIn(page, "Maya Chen");
  await address(page, "maya@example.com", "Maya Chen");
  const [lena, priya] = [await as("Lena Park"), await as("Priya Nair")];
  const first = await file(page, { name: uniqueName("mailed") });
  await act(lena, first, "claim");
  await act(lena, first, "ask", { question: "How **long** are entries kept, <b>months</b>?" });
  await expect.poll(() => mail.about(first).length).toBe(1);
  const [message] = mail.about(first);
  expect(header(message, "To")).toContain("maya@example.com");
  expect(header(message, "Message-ID")).toMatch(/^<N-\d+@127\.0\.0\.1>$/);
  expect(part(message, "text/plain")).toContain("Lena Park asked a question");
  expect(part(message, "text/plain")).toContain(`/requests/${first}`);
  expect(part(message, "text/html")).toContain("How <strong>long</strong>");
  expect(part(message, "text/html")).not.toContain("<b>months");

  await mail.stop();
  const late: string[] = [];
  for (const stem of ["late_one", "late_two"]) {
    const id = await file(page, { name: uniqueName(stem) });
    await act(lena, id, "deny", { reason: "Use the one that the team has." });
    late.push(id);
  }
  await open(priya, "/jobs?state=queued");
  await expect(priya.getByRole("main").getByText("An e-mail").first()).toBeVisible();
  await mail.start();
  await pass(priya, "2h");
  for (const id of late) await expect.poll(() => mail.about(id).length).toBe(1);
  // Time for more attempts, if there were any.
  await pass(priya, "1d");
  const last = await file(page, { name: uniqueName("mailed_last") });
  await act(lena, last, "deny", { reason: "Use the one that the team has." });
  await expect.poll(() => mail.about(last).length).toBe(1);
  for (const id of [first, ...late]) expect(mail.about(id), id).toHaveLength(1);
  const ids = mail.messages.map((message) => header(message, "Message-ID"));
  expect(new Set(ids).size).toBe(ids.length);
});

test("a webhook is signed, tried again while its receiver fails, and given up where it refuses", async ({ page, as, hook }) => {
  await signIn(page, "Priya Nair");
  const [maya, lena] = [await as("Maya Chen"), await as("Lena Park")];
  await open(page, "/admin/webhooks");
  await page.getByRole("textbox", { name: "Address" }).fill(`http://127.0.0.1:${hook.port}/in`);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const secret = await page.getByRole("textbox", { name: "Copy it now" }).inputValue();
  expect(secret).toMatch(/^whsec_[0-9a-f]{48}$/);

  hook.answers.push(503);
  const first = await file(maya, { name: uniqueName("hooked") });
  await expect.poll(() => hook.about(first).length).toBe(1);
  await hook.stop();
  await act(lena, first, "deny", { reason: "Use the one that the team has." });
  await hook.start();
  await pass(page, "2h");
  // Filed, refused with 503 and sent again; denied while nobody listened.
  await expect.poll(() => hook.about(first).length).toBe(3);
  const [failed, again] = hook.about(first).filter((call) => call.body.includes("submitted the request"));
  expect(again.body).toBe(failed.body);
  expect(again.headers["x-kvstore-delivery"]).toBe(failed.headers["x-kvstore-delivery"]);
  for (const call of hook.about(first)) {
    const signed = createHmac("sha256", secret).update(`${call.headers["x-kvstore-timestamp"]}.${call.body}`).digest("hex");
    expect(call.headers["x-kvstore-signature"]).toBe(`v1=${signed}`);
    expect(JSON.parse(call.body).text).toContain(first);
  }

  hook.answers.push(302, 410);
  const second = await file(maya, { name: uniqueName("gone") });
  await expect.poll(() => hook.about(second).length).toBe(1);
  await act(lena, second, "deny", { reason: "Use the one that the team has." });
  await expect.poll(() => hook.about(second).length).toBe(2);
  expect(hook.calls.filter((call) => call.path !== "/in")).toEqual([]);
  await open(page, "/admin/webhooks");
  const messages = page.getByRole("table", { name: "Last messages" });
  await expect(messages.getByRole("row").filter({ hasText: "redirects are not followed" })).toContainText("Given up");
  await expect(messages.getByRole("row").filter({ hasText: "410" })).toContainText("Given up");

  // The dead letter is sent again by hand.
  await open(page, "/jobs?state=failed");
  await page.getByRole("main").getByRole("link", { name: "A message to a webhook" }).first().click();
  await page.getByRole("button", { name: /try again/i }).click();
  await expect.poll(() => hook.about(second).length).toBe(3);
});

test("private addresses are refused where nobody allowed them", async ({ as, hook }) => {
  const server = await startServer(1);
  try {
    const page = await as("Priya Nair");
    const answer = await page.request.post(`${server.url}/sign-in`, { form: { handle: "priya.nair" }, maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    await page.goto(`${server.url}/admin/webhooks`);
    await page.locator("html.js").waitFor();
    await page.getByRole("textbox", { name: "Address" }).fill(`http://localhost:${hook.port}/private`);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByRole("textbox", { name: "Copy it now" })).toHaveValue(/^whsec_/);
    await page.getByRole("button", { name: "Send a test" }).click();
    await expect(page.getByText("A test is on its way.")).toBeVisible();
    await expect
      .poll(async () => {
        await page.goto(`${server.url}/admin/webhooks`);
        return page.getByRole("table", { name: "Last messages" }).innerText();
      })
      .toContain("private network");
    expect(hook.calls.filter((call) => call.path === "/private")).toEqual([]);
  } finally {
    await server.close();
  }
});
