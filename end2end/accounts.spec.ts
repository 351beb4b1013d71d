// Accounts: an invitation, a password, its change, tokens. Every form is plain, so each story runs without scripts too.
import { alive, open, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

const GOOD = "a quiet river at noon";
const OTHER = "two storks on a roof";

const told = (page: Page) => page.getByLabel("Copy it now");

test("an admin invites, the invited one sets a password, changes it, and signs in", { tag: "@nojs" }, async ({ page, browser, baseURL }) => {
  const handle = uniqueName("noor").replaceAll("_", "-");
  await signIn(page, "Priya Nair");
  await open(page, "/admin/people");
  await page.getByLabel("Handle", { exact: true }).fill(handle);
  await page.getByLabel("Name", { exact: true }).fill("Noor Aziz");
  await page.getByLabel("Role").selectOption("reviewer");
  await page.getByRole("button", { name: "Make the account" }).click();
  const link = await told(page).inputValue();
  expect(link).toContain("/set-password?token=");

  const context = await browser.newContext({ baseURL });
  const invited = await context.newPage();
  await invited.goto(link);
  await invited.getByLabel("Password", { exact: true }).fill("short");
  await invited.getByLabel("Password again").fill("short");
  await invited.getByRole("button", { name: "Set the password" }).click();
  await expect(invited.getByText("Use at least 12 characters").first()).toBeVisible();
  await invited.getByLabel("Password", { exact: true }).fill(GOOD);
  await invited.getByLabel("Password again").fill(GOOD);
  await invited.getByRole("button", { name: "Set the password" }).click();
  await expect(invited).toHaveURL(`${baseURL}/`);

  await open(invited, "/settings");
  await invited.getByLabel("Present password").fill(GOOD);
  await invited.getByLabel("New password", { exact: true }).fill(OTHER);
  await invited.getByLabel("New password again").fill(OTHER);
  await invited.getByRole("button", { name: "Change the password" }).click();
  await expect(invited).toHaveURL(/\/settings$/);
  await alive(invited);
  await invited.getByRole("button", { name: "Sign out" }).click();

  for (const [password, lands] of [[GOOD, /\/sign-in$/], [OTHER, /\/queue$/]] as const) {
    await invited.goto("/sign-in?next=%2Fqueue");
    await invited.getByLabel("Handle or e-mail address").fill(handle);
    await invited.getByLabel("Password", { exact: true }).fill(password);
    await invited.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(invited).toHaveURL(lands);
  }
  await context.close();
});

test("a token is shown once, works, and ends when it is revoked", { tag: "@nojs" }, async ({ page, request }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/settings");
  const name = uniqueName("script");
  await page.getByLabel("What the token is for").fill(name);
  await page.getByLabel("Scopes").fill("default:read");
  await page.getByRole("button", { name: "Make a token" }).click();
  const token = await told(page).inputValue();
  const status = async () => (await request.get("/v1/keys?limit=1", { headers: { authorization: `Bearer ${token}` } })).status();
  expect(await status()).toBe(200);

  await open(page, "/settings");
  await expect(told(page)).toHaveCount(0);
  await page.getByRole("button", { name: `Revoke the token ${name}` }).click();
  await expect(page.getByRole("button", { name: `Revoke the token ${name}` })).toHaveCount(0);
  expect(await status()).toBe(401);
});
