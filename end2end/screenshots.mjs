// Takes the pictures of the README from a running demonstration server:
//
//   node end2end/screenshots.mjs http://127.0.0.1:3000
//
// Each is a PNG below 300 KB in docs/images. Chromium is found as the tests find it.
import { existsSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { chromium } from "@playwright/test";

const base = process.argv[2] ?? "http://127.0.0.1:3000";
const folder = path.resolve(import.meta.dirname, "../docs/images");
/** The largest file, in bytes. */
const LIMIT = 300_000;

const executablePath = [process.env.KVSTORE_CHROMIUM, "/usr/bin/chromium"].find((file) => file && existsSync(file));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
mkdirSync(folder, { recursive: true });

/** Opens a page as somebody, in a look. */
async function as(name, { colorScheme = "light", width = 1440, height = 900 } = {}) {
  const context = await browser.newContext({ baseURL: base, colorScheme, viewport: { width, height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: new RegExp(name) }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  return page;
}

async function open(page, address) {
  await page.goto(address);
  await page.locator("html.js").waitFor();
  await page.evaluate(() => document.fonts.ready);
}

async function take(page, name) {
  const file = path.join(folder, `${name}.png`);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: file, animations: "disabled", caret: "hide" });
  const { size } = statSync(file);
  console.log(`${path.relative(process.cwd(), file)}: ${Math.round(size / 1000)} kB`);
  if (size > LIMIT) throw new Error(`${name}.png is larger than ${LIMIT} bytes`);
}

const live = (page) => page.getByRole("main").getByText("Live", { exact: true }).waitFor();

try {
  for (const colorScheme of ["light", "dark"]) {
    const page = await as("Lena Park", { colorScheme });
    await open(page, "/queue?status=open");
    await live(page);
    await take(page, `queue-${colorScheme}`);
    await page.context().close();
  }

  const phone = await as("Lena Park", { width: 390, height: 844 });
  await open(phone, "/queue?status=open");
  await live(phone);
  await take(phone, "queue-phone");

  const lena = await as("Lena Park");
  await open(lena, "/");
  await take(lena, "home");
  await open(lena, "/queue?status=in_review");
  await lena.getByRole("rowheader").getByRole("link").first().click();
  await lena.getByRole("region", { name: "Thread" }).waitFor();
  await take(lena, "request");
  await open(lena, "/catalogue?sort=largest");
  await lena.getByRole("rowheader").getByRole("link").first().click();
  await lena.getByRole("heading", { name: "Who and where" }).waitFor();
  await take(lena, "dataset");

  const maya = await as("Maya Chen");
  await maya.request.put("/v1/keys/sports", { data: ["baseball", "hockey", "football"] });
  await open(maya, "/console?dataset=default&key=sports");
  await maya.getByRole("textbox", { name: "Value" }).waitFor();
  await take(maya, "console");
  await open(maya, "/requests/new");
  for (const [label, text] of [
    ["Dataset name", "user_profiles_web"],
    ["Use case", "Profiles of all signed-in people, read on every page view of the web frontend."],
    ["Data size", "250"],
    ["Expected keys", "120000000"],
    ["Reads", "4200"],
    ["Writes", "310"],
  ]) {
    await maya.getByRole("textbox", { name: label, exact: true }).fill(text);
  }
  await maya.getByRole("combobox", { name: "Environment" }).selectOption({ label: "Production" });
  await maya.getByRole("complementary").getByText("user_profiles_web").first().waitFor();
  await maya.evaluate(() => window.scrollTo(0, 0));
  await maya.getByText("Checking whether it is free").waitFor({ state: "hidden" });
  await maya.waitForLoadState("networkidle");
  await take(maya, "form");
} finally {
  await browser.close();
}
