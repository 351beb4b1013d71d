// Every page in every state: no violation that axe knows of WCAG 2.2 AA, in light and dark, wide and narrow; no
// scrolling sideways at 360 px; and everything reachable by keyboard, with the focus to be seen.
import AxeBuilder from "@axe-core/playwright";
import { act, alive, file, open, PLACEMENT, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";
import { rows } from "./queue-table";

// Each state is looked at four times, so that a test with several takes its time.
test.describe.configure({ timeout: 180_000 });

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What can differ between light and dark, where the elements and their places are the same. */
const COLOURS = ["color-contrast", "link-in-text-block"];
const LOOKS = [
  { width: 1440, colorScheme: "light", rules: "all" },
  { width: 1440, colorScheme: "dark", rules: "colours" },
  { width: 390, colorScheme: "dark", rules: "colours" },
  { width: 390, colorScheme: "light", rules: "all" },
] as const;

/** What axe finds wrong. There are no frames of other sites, so that it can run in the page itself, which is quicker. */
async function violations(page: Page, rules: "all" | "colours") {
  const runOnly = rules === "all" ? { type: "tag" as const, values: TAGS } : { type: "rule" as const, values: COLOURS };
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ runOnly, resultTypes: ["violations"] });
  return (await axe.analyze()).violations;
}

/** Waits until the colours of another theme have arrived: also with reduced motion they take a frame or two. */
async function settled(page: Page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(transitions.map((transition) => transition.finished));
  });
}

/** Looks at the page as it is, in all looks, and for sideways scrolling at 360 px. */
async function expectAccessible(page: Page, state: string) {
  await page.mouse.move(0, 0);
  const found: string[] = [];
  for (const { colorScheme, width, rules } of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 900 });
    // Where somebody has scrolled to, the head of a narrow page lies over something.
    await page.evaluate(() => scrollTo(0, 0));
    await settled(page);
    for (const violation of await violations(page, rules)) {
      for (const node of violation.nodes) {
        found.push(`${state}, ${colorScheme} at ${width}: ${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`);
      }
    }
  }
  await page.setViewportSize({ width: 360, height: 800 });
  const { wide, room } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }));
  if (wide > room) found.push(`${state} at 360: ${wide - room} px wider than the window`);
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(found).toEqual([]);
}

test("the sign-in page", async ({ page }) => {
  await page.goto("/sign-in");
  await alive(page);
  await expectAccessible(page, "sign-in");
});

test("the own account", async ({ page }) => {
  await signIn(page, "Priya Nair");
  await open(page, "/settings");
  await expectAccessible(page, "settings");
  await page.getByLabel("What the token is for").fill("a script");
  await page.getByLabel("Scopes").fill("nothing:known");
  await page.getByRole("button", { name: "Make a token" }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expectAccessible(page, "settings, refused");
});

test("accounts and teams", async ({ page, browser, baseURL }) => {
  await signIn(page, "Priya Nair");
  await open(page, "/admin/people");
  await expectAccessible(page, "accounts");
  await page.getByLabel("Handle", { exact: true }).fill(uniqueName("axe").replaceAll("_", "-"));
  await page.getByLabel("Name", { exact: true }).fill("Noor Aziz");
  await page.getByRole("button", { name: "Make the account" }).click();
  const link = page.getByLabel("Copy it now");
  await expect(link).toBeVisible();
  await expectAccessible(page, "an invitation");
  const context = await browser.newContext({ baseURL });
  const invited = await context.newPage();
  await invited.goto(await link.inputValue());
  await alive(invited);
  await expectAccessible(invited, "a password to set");
  await context.close();
  await page.getByRole("link", { name: "Maya Chen" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Maya Chen" })).toBeVisible();
  await expectAccessible(page, "one account");
  await open(page, "/admin/teams");
  await page.getByRole("main").locator("details > summary").first().click();
  await expectAccessible(page, "teams");
  await open(page, "/admin/webhooks");
  await page.getByRole("textbox", { name: "Address" }).fill("https://hooks.example.invalid/a");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "Copy it now" })).toBeVisible();
  await expectAccessible(page, "webhooks");
});

for (const [role, name] of [["engineer", "Maya Chen"], ["reviewer", "Lena Park"], ["auditor", "Sofia Rossi"]] as const) {
  test(`home as ${role}`, async ({ page }) => {
    await signIn(page, name);
    await open(page, "/");
    await expectAccessible(page, `home as ${role}`);
  });
}

test("the queue, sorted, filtered and empty", async ({ page }) => {
  await signIn(page, "Lena Park");
  for (const [state, address, shows] of [
    ["queue", "/queue?limit=25", "Statuses"],
    ["sorted and filtered queue", "/queue?limit=25&status=completed&sort=team,-size&priority=normal", "Clear filters"],
    ["empty queue", "/queue?q=zzznothing", "No request matches"],
    ["page of nowhere", "/queue?status=expired&limit=25&scope=mine", "Statuses"],
  ] as const) {
    await open(page, address);
    if (shows !== "Statuses") await expect(page.getByText(shows).first()).toBeVisible();
    await expectAccessible(page, state);
  }
});

test("the queue with news and a row that left", async ({ as }) => {
  const [maya, lena, omar] = [await as("Maya Chen"), await as("Lena Park"), await as("Omar Haddad")];
  const id = await file(maya, { name: uniqueName("axe") });
  await open(lena, "/queue?status=new");
  await expect(lena.getByRole("main").getByText("Live", { exact: true })).toBeVisible();
  await rows(lena).first().hover();
  await act(omar, id, "claim");
  await expect(lena.getByText("no longer in this view")).toBeVisible();
  await file(maya, { name: uniqueName("axe") });
  await expect(lena.getByRole("button", { name: /new request — show/ })).toBeVisible();
  await expectAccessible(lena, "queue with news");
});

test("the request form, whole, quick, and refused", async ({ page }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/requests/new");
  await expectAccessible(page, "new request");
  for (const label of ["Contains personal data", "Back up", "Data is moved from another system"]) {
    await page.getByRole("checkbox", { name: label }).check();
  }
  await page.getByRole("button", { name: "Submit request" }).click();
  await expect(page.getByRole("group", { name: /another look$/ })).toBeFocused();
  await expectAccessible(page, "new request with errors");
  await open(page, "/requests/new?quick=1");
  await expectAccessible(page, "quick request");
});

test("a request in its states, with all that can be done about it unfolded", async ({ as }) => {
  const [maya, lena] = [await as("Maya Chen"), await as("Lena Park")];
  const id = await file(maya, { name: uniqueName("axe"), description: "## Why\n\nA list:\n\n- one\n- `two`\n\n> and a quote" });
  const look = async (state: string) => {
    for (const [who, page] of [["requester", maya], ["reviewer", lena]] as const) {
      await open(page, `/requests/${id}`);
      const folded = page.getByRole("main").locator("details:not([open]) > summary");
      while (await folded.count()) await folded.first().click();
      await expectAccessible(page, `${state} request, ${who}`);
    }
  };
  await look("new");
  await act(lena, id, "claim");
  await act(lena, id, "ask", { question: "How many keys are there in the busiest hour?", fields: "expected_keys" });
  await look("questioned");
  await act(maya, id, "reply", { reply: "About **a million**." });
  await look("claimed");
  await act(lena, id, "approve", PLACEMENT);
  await look("approved");
  const other = await file(maya, { name: uniqueName("axe") });
  await act(lena, other, "claim");
  await act(lena, other, "deny", { reason: "This belongs into the profile store." });
  await open(maya, `/requests/${other}`);
  await expectAccessible(maya, "denied request, requester");
});

test("editing a request, and a draft", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const id = await file(page, { name: uniqueName("axe") });
  await open(page, `/requests/${id}/edit`);
  await expectAccessible(page, "edit");
  const draft = await file(page, { name: uniqueName("axe"), intent: "save", data_size_gb: "" });
  await open(page, `/requests/${draft}`);
  await expectAccessible(page, "draft");
});

test("the catalogue, a dataset, and a page that is not there", async ({ page }) => {
  await signIn(page, "Maya Chen");
  for (const [state, address] of [
    ["catalogue", "/catalogue?limit=25"],
    ["filtered catalogue", "/catalogue?limit=25&environment=prod&storage=MUTABLE&sort=largest"],
    ["empty catalogue", "/catalogue?q=zzznothing"],
    ["not found", "/nowhere"],
    ["no such request", "/requests/REQ-999999"],
  ] as const) {
    await open(page, address);
    await expectAccessible(page, state);
  }
  await open(page, "/catalogue?team=search");
  await page.getByRole("rowheader").getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: "Who and where" })).toBeVisible();
  await expectAccessible(page, "dataset");
  await open(page, "/catalogue");
  await page.setViewportSize({ width: 390, height: 900 });
  const filters = page.getByText("Filters", { exact: true });
  for (const [state, fold, shows] of [
    ["filters on a phone", filters, page.getByRole("link", { name: /^Staging/ }).filter({ visible: true })],
    ["menu on a phone", page.getByText("Menu"), page.getByRole("navigation", { name: "Main" })],
  ] as const) {
    await fold.click();
    await expect(shows).toBeVisible();
    const found = await violations(page, "all");
    expect(found.map((one) => `${state}: ${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
    await fold.click();
    await expect(shows).toBeHidden();
  }
});

test("the console in its states", async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const key = uniqueName("axe");
  const put = async (value: string, name = key, kind = "application/json") => {
    const address = `/v1/datasets/default/entry?key=${encodeURIComponent(name)}&ttl=9000`;
    expect((await page.request.put(address, { data: Buffer.from(value), headers: { "content-type": kind } })).ok()).toBe(true);
  };
  await put('{"name": "Maya", "teams": ["search"], "active": true, "score": 1.5}');
  await put("\0\u0001", `${key}:bytes`, "application/octet-stream");
  const value = page.getByRole("textbox", { name: "Value", exact: true });
  await open(page, "/console?folders=1");
  await expect(page.getByRole("region", { name: "About the dataset" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Keys" }).getByRole("listitem").first()).toBeVisible();
  await expectAccessible(page, "console");
  await open(page, "/console?prefix=zzznothing");
  await expect(page.getByText("No key begins so")).toBeVisible();
  await expectAccessible(page, "console without keys");
  await open(page, `/console?key=${key}:bytes`);
  await expect(page.getByRole("region", { name: "Hex dump" })).toBeVisible();
  await expectAccessible(page, "console with bytes");
  await open(page, "/console?new=1");
  await value.fill("{");
  await expectAccessible(page, "console with a new key");
  await open(page, `/console?key=${key}`);
  await value.fill("[1]");
  await put("[2]");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "It changed meanwhile" })).toBeVisible();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("From a program").click();
  // Below the bar of a narrow screen everything has its room; what is scrolled under it has none.
  await page.evaluate(() => scrollTo(0, 0));
  await expectAccessible(page, "console with a conflict");
  await open(page, "/console?tab=lookup");
  await page.getByRole("textbox", { name: /One key a line/ }).fill(`${key}\nnothing`);
  await page.getByRole("button", { name: "Look up" }).click();
  await expect(page.getByText("1 found, 1 not")).toBeVisible();
  await expectAccessible(page, "console with many looked up");
  await open(page, "/console?tab=pipeline");
  await page.getByRole("textbox", { name: "Steps, as JSON" }).fill(
    `{"steps": {"one": {"op": "get", "key": "${key}"}, "none": {"op": "get", "key": "zzznothing"}, "two": {"op": "get", "key": "{{none/value}}"}}}`,
  );
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByText(/1 of 3 steps done/).first()).toBeVisible();
  await expectAccessible(page, "console with a pipeline");
  const sofia = await as("Sofia Rossi");
  await open(sofia, `/console?key=${key}`);
  await expect(sofia.getByRole("region", { name: "Value", exact: true })).toBeVisible();
  await expectAccessible(sofia, "console, read only");
});

/** The focused element: what it is called, and whether something drawn around it or on it shows the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const style = getComputedStyle(element);
    const around = element.parentElement ? getComputedStyle(element.parentElement) : style;
    const ring = (of: CSSStyleDeclaration) => of.outlineStyle !== "none" && Number.parseFloat(of.outlineWidth) >= 1;
    const box = element.getBoundingClientRect();
    return {
      name: (element.getAttribute("aria-label") ?? element.innerText ?? "").replace(/\s+/g, " ").trim(),
      tag: element.tagName,
      seen: ring(style) || ring(around) || style.boxShadow !== "none",
      inside: box.width > 0 && box.bottom > 0 && box.top < window.innerHeight,
      html: element.outerHTML.slice(0, 120),
    };
  });

test("by keyboard: skip link first, then every control in order, down to the rows' actions", async ({ as }) => {
  const [maya, page] = [await as("Maya Chen"), await as("Lena Park")];
  const id = await file(maya, { name: uniqueName("keys") });
  await open(page, "/queue?limit=3&sort=-number");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();

  const order: string[] = [];
  const unseen: string[] = [];
  for (let steps = 0; steps < 120; steps++) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (!now.seen || !now.inside) unseen.push(now.html);
    order.push(now.name);
    if (now.name === `Claim ${id}`) break;
  }
  expect(unseen, "the focus is to be seen").toEqual([]);
  const at = (name: string) => order.findIndex((one) => one.startsWith(name));
  for (const [earlier, later] of [["Mine", "Apply"], ["Apply", "Open"], ["Open", "Dataset"], ["Dataset", "Status"], ["Status", `Claim ${id}`]] as const) {
    expect(at(earlier), `${earlier} is reached`).toBeGreaterThanOrEqual(0);
    expect(at(earlier), `${earlier} comes before ${later}`).toBeLessThan(at(later));
  }
  await page.keyboard.press("Enter");
  await expect(rows(page).filter({ hasText: id })).toContainText("In review");
});

test("the review policy with its editors, and a replay", async ({ page }) => {
  await signIn(page, "Priya Nair");
  await open(page, "/admin/policies");
  await page.getByText("Write a new version", { exact: true }).click();
  await page.getByText("Write a new version as TOML", { exact: true }).click();
  // What lies under the bar at the top of a narrow window counts as covered.
  const toTop = () => page.evaluate(() => window.scrollTo(0, 0));
  await toTop();
  await expectAccessible(page, "policy");
  const text = page.getByRole("form", { name: "Write a new version as TOML" });
  await text.getByLabel("Rules").fill('[[rules]]\nid = "R1"\nsays = "All of it is for one."\neffect = "reviews"\nreviews = 1\n');
  await text.getByLabel("What changes, and why").fill("Fewer rules.");
  await text.getByRole("button", { name: "Save the text as a new version" }).click();
  await page.getByRole("button", { name: /^Replay on/ }).click();
  await expect(page.getByRole("button", { name: /^Enable version/ })).toBeVisible();
  await alive(page);
  await toTop();
  await expectAccessible(page, "policy replayed");
});
