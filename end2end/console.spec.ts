// The console: what a person does to entries here is what a program would do by the REST API, and what others do shows.
import { readFileSync } from "node:fs";
import { open, region, scripted, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

/** The address of an entry of the dataset `default`. */
const entry = (key: string) => `/v1/datasets/default/entry?key=${encodeURIComponent(key)}`;
const at = (key: string) => `/console?key=${encodeURIComponent(key)}`;

/** Writes entries with the session of the browser, as a program would. */
async function put(page: Page, key: string, value: unknown, kind = "application/json") {
  const data = kind === "application/json" ? JSON.stringify(value) : String(value);
  const answer = await page.request.put(entry(key), { data: Buffer.from(data), headers: { "content-type": kind } });
  expect([200, 201], await answer.text()).toContain(answer.status());
}

const stored = async (page: Page, key: string) => {
  const answer = await page.request.get(entry(key));
  return answer.ok() ? answer.text() : answer.status();
};

const keys = (page: Page) => region(page, "Keys");
const rowOf = (page: Page, key: string) => keys(page).getByRole("link", { name: key });
const valueOf = (page: Page) => page.getByRole("textbox", { name: "Value", exact: true });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("without scripts it says what needs them, and how a program does the same", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  await page.goto("/console");
  await expect(page.getByRole("heading", { level: 1, name: "Console" })).toBeVisible();
  // Texts inside are for Playwright no texts of the page.
  if (!scripted()) await expect(page.locator("noscript .notice")).toBeVisible();
  const html = await (await page.request.get("/console")).text();
  expect(html).toContain("The console needs JavaScript");
  expect(html).toContain("curl -sS");
});

test("keys are listed in the order of their bytes, found by prefix, and read on by pages", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const stem = uniqueName("list");
  const items = Array.from({ length: 130 }, (_, n) => ({ op: "put", key: `${stem}:${String(n).padStart(3, "0")}/x`, value: n }));
  const written = await page.request.post("/v1/datasets/default/batch-write", { data: { items } });
  expect(written.status()).toBe(200);
  await open(page, "/console");
  await page.getByRole("searchbox", { name: "Keys that begin with" }).fill(`${stem}:`);
  await expect.poll(() => new URL(page.url()).searchParams.get("prefix")).toBe(`${stem}:`);
  await expect(keys(page).getByText("100+ keys")).toBeVisible();
  await button(page, "Load more").click();
  await expect(keys(page).getByText("130 keys")).toBeVisible();
  const shown = await keys(page).locator(".console-row .mono").allInnerTexts();
  expect(shown).toEqual(items.map((item) => item.key));
  await page.getByRole("checkbox", { name: "Folders" }).check();
  await rowOf(page, `${stem}:007/`).click();
  await expect(rowOf(page, `${stem}:007/x`)).toBeVisible();
  await page.getByRole("searchbox").fill(`${stem}:nothing`);
  await expect(page.getByText("No key begins so")).toBeVisible();
});

test("an entry is created, edited, formatted, given a time to live, and deleted", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const key = `${uniqueName("crud")}/a b?#%é`;
  await open(page, "/console");
  await page.getByRole("link", { name: "New key" }).click();
  await page.getByRole("textbox", { name: "Key", exact: true }).fill(key);
  await valueOf(page).fill('{"a": [1,');
  await expect(page.getByText(/^Line 1, column 9/)).toBeVisible();
  await expect(button(page, "Create")).toBeDisabled();
  await valueOf(page).fill('{"b":2.0,"a":[1]}');
  await button(page, "Create").click();
  await expect(page.getByRole("heading", { level: 2, name: key })).toBeVisible();
  expect(await stored(page, key)).toBe('{"b":2.0,"a":[1]}');
  await expect(rowOf(page, key)).toHaveAttribute("aria-current", "true");

  await expect(valueOf(page)).toHaveValue('{\n  "b": 2.0,\n  "a": [\n    1\n  ]\n}');
  await valueOf(page).fill('{ "b": 3 }');
  await button(page, "Format").click();
  await expect(valueOf(page)).toHaveValue('{\n  "b": 3\n}');
  await page.getByRole("combobox", { name: "Expires" }).selectOption("After some time");
  await page.getByRole("textbox", { name: "Time to live in seconds" }).fill("3600");
  await button(page, "Save").click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  expect(await stored(page, key)).toBe('{"b":3}');
  await expect(rowOf(page, key)).toContainText(/expires in (1 h|59 min)/);

  await button(page, "Delete").click();
  await button(page, "Keep it").click();
  expect(await stored(page, key)).toBe('{"b":3}');
  await button(page, "Delete").click();
  await button(page, "Delete for good").click();
  await expect(rowOf(page, key)).toHaveCount(0);
  expect(await stored(page, key)).toBe(404);
});

test("a new key never overwrites one that is there", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const key = uniqueName("taken");
  await put(page, key, "first");
  await open(page, "/console?new=1");
  await page.getByRole("textbox", { name: "Key", exact: true }).fill(key);
  await valueOf(page).fill('"second"');
  await button(page, "Create").click();
  await expect(page.getByRole("heading", { name: "This key is taken" })).toBeVisible();
  expect(await stored(page, key)).toBe('"first"');
  await button(page, "Open theirs").click();
  await expect(valueOf(page)).toHaveValue('"first"');
});

test("of two who edit, the second sees both values and chooses", async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const lena = await as("Lena Park");
  const key = uniqueName("conflict");
  await put(page, key, ["baseball"]);
  await open(page, at(key));
  await open(lena, at(key));
  await valueOf(page).fill('["hockey"]');
  await valueOf(lena).fill('["football"]');
  await button(lena, "Save").click();
  await expect(lena.getByText("Saved", { exact: true })).toBeVisible();
  await button(page, "Save").click();
  const told = region(page, "It changed meanwhile");
  await expect(told.getByRole("region", { name: "Their value" })).toContainText("football");
  await expect(told.getByRole("region", { name: "Your value" })).toContainText("hockey");
  expect(await stored(page, key)).toBe('["football"]');
  await button(page, "Overwrite theirs").click();
  await expect(told).toBeHidden();
  expect(await stored(page, key)).toBe('["hockey"]');

  await valueOf(lena).fill('["chess"]');
  await button(lena, "Save").click();
  await button(lena, "Load theirs").click();
  await expect(valueOf(lena)).toHaveValue('[\n  "hockey"\n]');
  expect(await stored(page, key)).toBe('["hockey"]');
});

test("what was typed and not saved is kept", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const key = uniqueName("kept");
  await put(page, key, 1);
  await open(page, at(key));
  await valueOf(page).fill("17");
  await page.getByRole("link", { name: "Catalogue" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Catalogue" })).toBeVisible();
  await page.goBack();
  await expect(valueOf(page)).toHaveValue("17");
  await expect(page.getByText("is back.")).toBeVisible();
  await button(page, "Discard changes").click();
  await expect(valueOf(page)).toHaveValue("1");
});

test("bytes are shown as a dump, and given as a file", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const key = uniqueName("bytes");
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, n) => (n * 37) % 256));
  await page.request.put(entry(key), { data: bytes, headers: { "content-type": "image/png" } });
  await open(page, at(key));
  await expect(page.getByRole("region", { name: "Hex dump" })).toContainText("00000010  50 75 9a bf");
  await expect(valueOf(page)).toHaveValue(bytes.toString("base64"));
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect(readFileSync(await (await waiting).path())).toEqual(bytes);
});

test("many keys are looked up at once", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const stem = uniqueName("many");
  await put(page, `${stem}:1`, { a: 1 });
  await put(page, `${stem}:2`, "plain", "text/plain");
  await open(page, "/console?tab=lookup");
  await page.getByRole("textbox", { name: /One key a line/ }).fill(`${stem}:1\n${stem}:2\n${stem}:3\n${stem}:1\n`);
  await expect(page.getByText("3 of 100 keys")).toBeVisible();
  await button(page, "Look up").click();
  const results = region(page, "Results");
  await expect(results.getByText("2 found, 1 not")).toBeVisible();
  await expect(results.getByRole("row", { name: `${stem}:3` })).toContainText("missing");
  await expect(results.getByRole("row", { name: `${stem}:2` })).toContainText("Text");
  const waiting = page.waitForEvent("download");
  await results.getByRole("button", { name: "CSV" }).click();
  const csv = readFileSync(await (await waiting).path(), "utf8").split("\r\n");
  expect(csv).toHaveLength(5);
  expect(csv[1]).toContain(`${stem}:1,200,application/json,7,`);
  await page.getByRole("textbox", { name: /One key a line/ }).fill(Array.from({ length: 101 }, (_, n) => `k${n}`).join("\n"));
  await expect(button(page, "Look up")).toBeDisabled();
});

test("changes of others are followed", async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const lena = await as("Lena Park");
  const stem = uniqueName("follow");
  await put(page, `${stem}:1`, 1);
  await put(page, `${stem}:2`, 2);
  await open(page, `/console?prefix=${stem}:&key=${stem}:1`);
  await page.getByRole("switch", { name: "Follow changes" }).check();
  await expect(keys(page).getByText("Following", { exact: true })).toBeVisible();
  await put(lena, `${stem}:3`, 3);
  await expect(rowOf(page, `${stem}:3`)).toContainText("new");
  await put(lena, `${stem}:1`, { now: "other" });
  await expect(rowOf(page, `${stem}:1`)).toContainText("changed");
  await expect(valueOf(page)).toHaveValue('{\n  "now": "other"\n}');
  await lena.request.delete(entry(`${stem}:2`));
  await expect(rowOf(page, `${stem}:2`)).toContainText("deleted");
  await valueOf(page).fill("5");
  await put(lena, `${stem}:1`, 6);
  await expect(page.getByText("Somebody changed it just now.")).toBeVisible();
  await expect(valueOf(page)).toHaveValue("5");
});

test("a pipeline is run and drawn", async ({ page }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/console?tab=pipeline");
  await button(page, "Write their entries").click();
  await expect(button(page, "Entries written")).toBeVisible();
  for (const [example, steps, edges] of [["Simultaneous", 3, 0], ["Chained", 4, 2], ["With a write", 3, 2]] as const) {
    await button(page, example).click();
    await button(page, "Run").click();
    await expect(region(page, "Calls").getByText(new RegExp(`${steps} of ${steps} steps done in`))).toBeVisible();
    const graph = page.getByRole("group", { name: "Call graph" });
    await expect(graph.getByRole("button")).toHaveCount(steps);
    await expect(graph.locator(".console-edge")).toHaveCount(edges);
    await expect(region(page, "Timing").locator(".console-bar")).toHaveCount(steps);
  }
  await button(page, "Chained").click();
  await button(page, "Run").click();
  const members = page.getByRole("group", { name: "Call graph" }).getByRole("button", { name: /^members: done, .* waited for team$/ });
  await members.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Result of members", exact: true })).toContainText("example:user:43");

  await page.getByRole("textbox", { name: "Steps, as JSON" }).fill('{"steps": {"a": {"op": "get", "key": "{{b/value}}"}, "b": {"op": "get", "key": "{{a/value}}"}}}');
  await button(page, "Run").click();
  await expect(page.getByRole("alert")).toContainText("circle");
});

test("whoever only reads is offered no way to write", async ({ page, as }) => {
  const maya = await as("Maya Chen");
  const key = uniqueName("audit");
  await put(maya, key, { secret: false });
  await signIn(page, "Sofia Rossi");
  await open(page, at(key));
  await expect(page.getByRole("region", { name: "Value", exact: true })).toContainText('"secret": false');
  await expect(page.getByText("read only")).toBeVisible();
  for (const name of ["Save", "Delete", "Format"]) await expect(button(page, name)).toHaveCount(0);
  await expect(page.getByRole("link", { name: "New key" })).toHaveCount(0);
  await expect(valueOf(page)).toHaveCount(0);
  await open(page, "/console?tab=pipeline");
  await expect(button(page, "Write their entries")).toHaveCount(0);
});

test("a store that does not answer is told where it was asked, and asked again", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const key = uniqueName("down");
  await put(page, key, 1);
  const detail = "the store does not answer; nothing was changed, try again later";
  const body = JSON.stringify({ status: 503, code: "store_unavailable", detail });
  let down = true;
  await page.route("**/v1/datasets/default/**", (route) =>
    down ? route.fulfill({ status: 503, contentType: "application/problem+json", body }) : route.continue(),
  );
  await open(page, at(key));
  await expect(page.getByRole("alert").filter({ hasText: "The store does not answer" })).toHaveCount(2);
  down = false;
  await keys(page).getByRole("button", { name: "Try again" }).click();
  await expect(keys(page).getByRole("alert")).toHaveCount(0);
  await button(page, "Try again").click();
  await expect(valueOf(page)).toHaveValue("1");
  await open(page, "/console?dataset=nowhere");
  await expect(page.getByRole("alert")).toContainText("There is no such dataset");
});
