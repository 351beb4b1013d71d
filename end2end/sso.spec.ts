// Single sign-on at a real provider: who comes in becomes what their groups say, and what is not right is refused.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "./acts";
import { expect, freePort, type Page, type Server, signIn, startServer, test as base } from "./fixtures";

const CALLBACK = "/sign-in/callback";
const PROVIDER_FORM = "**/interaction/**";

interface Provider {
  /** Changes who is known there. */
  know: (accounts: Record<string, object>) => void;
}

const ACCOUNTS = {
  "noor.aziz": { name: "Noor Aziz", email: "noor@corp.example", email_verified: true, groups: ["kv-systems", "eng-maps"] },
  "eve.unsure": { name: "Eve Unsure", email: "eve@corp.example", email_verified: false, groups: ["kv-systems"] },
  "sam.sales": { name: "Sam Sales", email: "sam@corp.example", email_verified: true, groups: ["marketing"] },
};

const test = base.extend<object, { server: Server; provider: Provider; ports: { app: number; provider: number } }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
  ports: [async ({}, use) => use({ app: await freePort(), provider: await freePort() }), { scope: "worker" }],
  provider: [
    async ({ ports }, use) => {
      const folder = mkdtempSync(path.join(tmpdir(), "kvstore-provider-"));
      const file = path.join(folder, "accounts.json");
      const know = (accounts: Record<string, object>) => writeFileSync(file, JSON.stringify(accounts));
      know(ACCOUNTS);
      const child = await startProvider(ports.provider, `http://127.0.0.1:${ports.app}/sign-in/callback`, file);
      await use({ know });
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],
  server: [
    async ({ ports, provider }, use) => {
      expect(provider).toBeTruthy();
      const config = `
        [oidc]
        issuer = "http://localhost:${ports.provider}"
        client_id = "kvstore"
        client_secret = "a secret of the tests"
        name = "Corp"
        scopes = ["profile", "email", "groups"]
        group = [
          { name = "kv-admins", role = "admin" },
          { name = "kv-systems", role = "reviewer" },
          { name = "eng-maps", team = "maps" },
        ]`;
      const server = await startServer(1, undefined, { port: ports.app, config });
      await use(server);
      await server.close();
    },
    { scope: "worker" },
  ],
});

function startProvider(port: number, callback: string, accounts: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.join(__dirname, "provider.mjs"), String(port), callback, accounts], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((done, fail) => {
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    child.stdout?.on("data", () => done(child));
    child.once("exit", () => fail(new Error(`the provider ended at its start:\n${said}`)));
  });
}

/** From the sign-in page to the provider, and there as somebody. */
async function signInAtProvider(page: Page, login: string, next = "/queue") {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByRole("link", { name: "Sign in with Corp" }).click();
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
}

/** The provider has sessions of its own: without one it asks again. */
const forgetProvider = (page: Page) => page.context().clearCookies({ domain: "localhost" });

async function expectRefused(page: Page, says: string) {
  await expect(page.getByRole("heading", { level: 1, name: "You are not signed in" })).toBeVisible();
  await expect(page.getByRole("alert")).toContainText(says);
  const home = await page.request.get("/", { maxRedirects: 0 });
  expect(home.headers().location, "and nobody is signed in").toMatch(/^\/sign-in/);
}

/** Goes to the provider and back, but keeps the answer from the server: gives its address. */
async function heldBack(page: Page, login: string): Promise<URL> {
  let held: URL | undefined;
  // Playwright shows the first request of a chain of redirects alone, so the others are followed by hand.
  await page.route(PROVIDER_FORM, async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    let answer = await route.fetch({ maxRedirects: 0 });
    for (let hops = 0; hops < 5 && !held; hops++) {
      const next = new URL(answer.headers().location, answer.url());
      if (next.pathname === CALLBACK) held = next;
      else answer = await page.request.get(next.href, { maxRedirects: 0 });
    }
    return route.fulfill({ body: "held back" });
  });
  await signInAtProvider(page, login);
  await expect(page.getByText("held back")).toBeVisible();
  await page.unroute(PROVIDER_FORM);
  if (!held) throw new Error("the provider never answered");
  return held;
}

test("who signs in has the role and the team of their groups, each time", { tag: "@nojs" }, async ({ page, provider, as }) => {
  provider.know(ACCOUNTS);
  const asked = page.waitForRequest((request) => request.url().includes("/auth?"));
  await signInAtProvider(page, "noor.aziz");
  await expect(page).toHaveURL(/\/queue$/);
  const sent = new URL((await asked).url()).searchParams;
  expect([sent.get("response_type"), sent.get("code_challenge_method")]).toEqual(["code", "S256"]);
  for (const part of ["code_challenge", "state", "nonce"]) expect(sent.get(part)?.length, part).toBeGreaterThan(20);
  const part = page.getByText("Reviewer · maps").filter({ visible: true });
  await expect(part).toHaveCount(1);
  await open(page, "/settings");
  await expect(page.getByLabel("E-mail address", { exact: true })).toHaveValue("noor@corp.example");

  const admin = await as("Priya Nair");
  await open(admin, "/admin/teams");
  await expect(admin.getByText("maps").first()).toBeVisible();

  // At the provider they have left one group and come into another.
  provider.know({ ...ACCOUNTS, "noor.aziz": { ...ACCOUNTS["noor.aziz"], groups: ["kv-admins"] } });
  await page.getByRole("button", { name: "Sign out" }).first().click();
  await forgetProvider(page);
  await signInAtProvider(page, "noor.aziz", "/admin/people");
  await expect(page.getByRole("heading", { level: 1, name: "People" })).toBeVisible();
  await expect(part).toHaveCount(0);
  await open(admin, "/admin/audit?act=person_changed");
  await expect(admin.getByRole("main")).toContainText("Changed a person");
});

test("an answer with another state signs nobody in, and uses the sign-in up", { tag: "@nojs" }, async ({ page }) => {
  const answer = await heldBack(page, "noor.aziz");
  const wrong = new URL(answer);
  wrong.searchParams.set("state", "x".repeat(22));
  await page.goto(wrong.href);
  await expectRefused(page, "did not begin in this browser");
  const again = await page.goto(answer.href);
  expect(again?.status()).toBe(403);
  await expectRefused(page, "was used already");
});

test("a code works once, even for the browser that has everything else", async ({ page }) => {
  const answer = await heldBack(page, "noor.aziz");
  const kept = await page.context().cookies();
  await page.goto(answer.href);
  await expect(page).toHaveURL(/\/queue$/);
  await page.context().clearCookies();
  await page.context().addCookies(kept);
  await page.goto(answer.href);
  await expectRefused(page, "did not accept this sign-in");
});

test("another browser cannot end a sign-in", async ({ page, browser, baseURL }) => {
  const answer = await heldBack(page, "noor.aziz");
  const other = await browser.newContext({ baseURL });
  const victim = await other.newPage();
  await victim.goto(answer.href);
  await expectRefused(victim, "did not begin in this browser");
  await other.close();
});

test("who is not vouched for, or in no group, is told so", { tag: "@nojs" }, async ({ page, as }) => {
  await signInAtProvider(page, "eve.unsure");
  await expectRefused(page, "Your e-mail address is not verified");
  await page.context().clearCookies();
  await signInAtProvider(page, "sam.sales");
  await expectRefused(page, "None of your groups");
  await page.context().clearCookies();
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Sign in with Corp" }).click();
  await page.getByRole("link", { name: /cancel/i }).click();
  await expectRefused(page, "The identity provider did not sign you in");

  const admin = await as("Priya Nair");
  await open(admin, "/admin/audit?act=sign_in_failed");
  await expect(admin.getByRole("main")).toContainText("single sign-on");
  await open(admin, "/admin/people?q=corp.example");
  await expect(admin.getByRole("main").getByText("Eve Unsure")).toHaveCount(0);
});

test("whose account was closed stays out, and the other ways in still work", async ({ page, provider, as }) => {
  provider.know({ ...ACCOUNTS, "ida.leaver": { ...ACCOUNTS["noor.aziz"], name: "Ida Leaver", email: "ida@corp.example" } });
  await signInAtProvider(page, "ida.leaver");
  await expect(page).toHaveURL(/\/queue$/);
  const admin = await as("Priya Nair");
  await open(admin, "/admin/people?q=ida.leaver");
  await admin.getByRole("link", { name: "Ida Leaver" }).click();
  await admin.getByRole("button", { name: "Close the account" }).click();
  await expect(admin.getByText("The account is closed")).toBeVisible();
  await page.goto("/queue");
  await expect(page, "the session has ended at once").toHaveURL(/\/sign-in/);
  await forgetProvider(page);
  await signInAtProvider(page, "ida.leaver");
  await expectRefused(page, "Your account here was closed");
  await signIn(page, "Maya Chen");
  await open(page, "/settings");
});
