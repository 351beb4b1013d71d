// Who may come in, where they land, and what becomes of a page whose session was ended elsewhere.
import { alive, fetched, field, file, open, openedRequest, scripted, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

const signOut = (page: Page) => page.getByRole("button", { name: "Sign out" });

test("signing in leads to where one wanted to go, and signing out ends it", { tag: "@nojs" }, async ({ page }) => {
  await page.goto("/queue?scope=team");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  for (const role of ["Engineers", "Reviewers", "Admins", "Auditors"]) {
    await expect(page.getByRole("heading", { name: role })).toBeVisible();
  }
  await page.getByRole("button", { name: /Maya Chen/ }).click();
  await expect(page).toHaveURL(/\/queue\?scope=team$/);
  await alive(page);
  await expect(page.getByRole("banner").getByText("Engineer · search")).toBeVisible();
  expect((await fetched(page, "/queue")).text).toContain("Maya Chen");

  await signOut(page).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  expect((await fetched(page, "/queue")).status).toBe(303);
});

test("a page of another site is no place to go to", { tag: "@nojs" }, async ({ page, baseURL }) => {
  for (const next of ["https://evil.example/", "//evil.example/", "/\\evil.example"]) {
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByRole("button", { name: /Maya Chen/ }).click();
    await expect(page).toHaveURL(`${baseURL}/`);
    await alive(page);
    await signOut(page).click();
    await expect(page).toHaveURL(/\/sign-in$/);
  }
  expect((await fetched(page, "/")).status).toBe(303);
});

test("signing in as somebody else ends the session before", { tag: "@nojs" }, async ({ page, browser, baseURL }) => {
  await signIn(page, "Maya Chen");
  const before = await page.context().storageState();
  await signIn(page, "Omar Haddad");
  expect((await fetched(page, "/")).text).toContain("Omar Haddad");
  const elsewhere = await browser.newContext({ baseURL, storageState: before });
  expect((await elsewhere.request.get("/", { maxRedirects: 0 })).status()).toBe(303);
  await elsewhere.close();
});

test("the theme is kept, also for the next page and the next person", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/catalogue?q=user");
  const theme = (name: string) => page.getByRole("button", { name, exact: true });
  const root = page.locator("html");
  await theme("Dark theme").click();
  await expect(root).toHaveAttribute("data-theme", "kvdark");
  await expect(page).toHaveURL(/\/catalogue\?q=user$/);
  await alive(page);
  await expect(theme("Dark theme")).toHaveAttribute("aria-pressed", "true");
  await page.reload();
  await alive(page);
  await expect(root).toHaveAttribute("data-theme", "kvdark");
  expect((await fetched(page, "/")).html).toContain('data-theme="kvdark"');

  await theme("Light theme").click();
  await expect(root).toHaveAttribute("data-theme", "kvlight");
  await alive(page);
  await theme("Theme of the system").click();
  await expect(root).not.toHaveAttribute("data-theme");
  await alive(page);
  await expect(theme("Theme of the system")).toHaveAttribute("aria-pressed", "true");
  expect((await fetched(page, "/")).html).not.toContain("data-theme=\"kv");
});

/** Ends the session of this browser from another program, as an admin or another tab would. */
async function endSession(page: Page) {
  const answer = await page.request.post("/sign-out", { maxRedirects: 0 });
  expect(answer.status()).toBe(303);
}

test("a link after the session was ended leads through the sign-in page", { tag: "@nojs" }, async ({ page, context }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/queue");
  const cookies = await context.cookies();
  await endSession(page);
  // The cookie of an ended session, as a browser holds it that has not heard of the end.
  await context.addCookies(cookies);
  await page.goto("/catalogue?environment=dev");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByRole("button", { name: /Maya Chen/ }).click();
  await expect(page).toHaveURL(/\/catalogue\?environment=dev$/);
  expect((await fetched(page, "/catalogue")).status).toBe(200);
});

test("an open page whose session was ended says so, and keeps what was typed", async ({ page, context }) => {
  await signIn(page, "Maya Chen");
  const id = await file(page, { name: uniqueName() });
  await open(page, `/requests/${id}`);
  const cookies = await context.cookies();
  await endSession(page);
  await context.addCookies(cookies);
  const comment = page.getByRole("textbox", { name: "Add a comment" });
  await comment.fill("Typed before the session was over.");
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Sign in first." })).toBeVisible();
  await expect(comment).toHaveValue("Typed before the session was over.");

  await page.getByRole("link", { name: "Catalogue" }).click();
  await expect(page.getByText("Your session has ended. Sign in, and you come back to this page.")).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("button", { name: /Maya Chen/ }).click();
  await expect(page).toHaveURL(/\/catalogue$/);
  await expect(page.getByRole("heading", { level: 1, name: "Catalogue" })).toBeVisible();
});

test("a form sent after the session was ended is sent again from where it is", { tag: "@nojs" }, async ({ page, context }) => {
  await signIn(page, "Maya Chen");
  const name = uniqueName("late");
  await open(page, "/requests/new");
  const use = `Two lines, and "quotes" & <signs>\nfor ${name}.`;
  for (const [label, value] of [["Dataset name", name], ["Use case", use], ["Data size", "3"], ["Expected keys", "1000"], ["Reads", "9"]] as const) {
    await field(page, label).fill(value);
  }
  await field(page, "Environment").selectOption("staging");
  await endSession(page);
  await page.getByRole("button", { name: "Submit request" }).click();
  await expect(page.getByRole("alert").filter({ hasText: scripted() ? "Sign in first." : "nothing was done yet" })).toBeVisible();

  const tab = await context.newPage();
  await tab.goto("/sign-in");
  await tab.getByRole("button", { name: /Maya Chen/ }).click();
  await expect(tab.getByRole("heading", { level: 1 })).toBeVisible();
  await page.getByRole("button", { name: scripted() ? "Submit request" : "Send again" }).click();
  const id = await openedRequest(page);
  const { text } = await fetched(page, `/requests/${id}`);
  expect(text).toContain(`${name}_staging`);
  expect(text).toContain('Two lines, and "quotes" & <signs>');
  await tab.close();
});

test("nobody signed in sees no page and changes nothing", async ({ request, playwright, baseURL, page }) => {
  await signIn(page, "Maya Chen");
  const id = await file(page, { name: uniqueName() });
  const stranger = await playwright.request.newContext({ baseURL });
  for (const path of ["/", "/queue", "/catalogue", "/requests/new", `/requests/${id}`, `/requests/${id}/edit`]) {
    const answer = await stranger.get(path, { maxRedirects: 0 });
    expect([path, answer.status()]).toEqual([path, 303]);
    expect(answer.headers().location).toMatch(/^\/sign-in/);
  }
  const posted = await stranger.post(`/requests/${id}`, { form: { action: "withdraw", revision: "1" }, maxRedirects: 0 });
  expect(posted.status()).toBe(401);
  expect(await posted.text()).toContain("nothing was done yet");
  expect((await fetched(page, `/requests/${id}`)).text).toContain("now: New");
  expect((await request.get("/healthz")).status()).toBe(200);
  await stranger.dispose();
});
