// Triage at speed: many requests at once with an undo and a result for each, decisions by keyboard alone, named views.
import type { Page } from "@playwright/test";
import { fetched, file, open, post, scripted, uniqueName, wholeForm } from "./acts";
import { expect, signIn, test } from "./fixtures";
import { rowOf, rows, settled } from "./queue-table";

/** A bulk action begins ten seconds after it was asked for; then its job has to be found and done. */
const DONE = { timeout: 40_000 };

/** Files so many requests as the page's person; their names begin with what is given back. */
async function fileMany(page: Page, count: number): Promise<{ stem: string; ids: string[] }> {
  const stem = uniqueName("bulk");
  const ids: string[] = [];
  for (let index = 0; index < count; index++) ids.push(await file(page, { name: `${stem}_n${index}` }));
  return { stem, ids };
}

const bar = (page: Page) => page.getByRole("form", { name: "Selected requests" });
const pick = (page: Page, id: string) => page.getByRole("checkbox", { name: `Select ${id}`, exact: true });
const toasts = (page: Page) => page.getByRole("list", { name: "Actions under way" });

/** The status that each request has, as the queue lists them anew. */
async function statuses(page: Page, stem: string): Promise<Record<string, number>> {
  const file = await page.request.get(`/queue/export.json?q=${stem}`);
  const { rows } = (await file.json()) as { rows: { status: string }[] };
  const counts: Record<string, number> = {};
  for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

test("fifty requests are approved at once, each with its result", async ({ as }) => {
  test.slow();
  const [maya, lena] = [await as("Maya Chen"), await as("Lena Park")];
  const { stem, ids } = await fileMany(maya, 50);
  await open(lena, `/queue?q=${stem}&limit=25`);
  await expect(bar(lena)).toBeHidden();
  // A range on this page, and then the whole view, which has two pages.
  await pick(lena, ids[49] ?? "").click();
  await pick(lena, ids[45] ?? "").click({ modifiers: ["Shift"] });
  await expect(bar(lena)).toContainText("5 requests selected");
  await bar(lena).getByRole("checkbox", { name: /All that match this view/ }).check();
  await bar(lena).getByRole("button", { name: "Approve" }).click();
  await expect(toasts(lena)).toContainText("Approve, 50 requests");
  expect(await statuses(lena, stem), "nothing is changed yet").toEqual({ new: 50 });
  // One of them is decided by somebody else meanwhile.
  const answer = await post(maya, `/requests/${ids[7]}`, { action: "withdraw", revision: "1", reason: "" });
  expect(answer.status()).toBe(303);
  await expect(toasts(lena)).toContainText("49 done, 1 refused", DONE);
  expect(await statuses(lena, stem)).toEqual({ approved: 49, cancelled: 1 });
  await toasts(lena).getByRole("link", { name: "Details" }).click();
  await expect(lena.getByRole("heading", { level: 1, name: "Approve 50 requests" })).toBeVisible();
  await expect(lena.getByRole("row", { name: new RegExp(`${ids[7]} Refused .*Maya Chen withdrew it`) })).toBeVisible();
  await expect(lena.getByRole("row", { name: /Done/ })).toHaveCount(49);
});

test("an action that is undone in time changes nothing", { tag: "@nojs" }, async ({ page, as }) => {
  const { stem, ids } = await fileMany(await as("Maya Chen"), 3);
  await signIn(page, "Lena Park");
  await open(page, `/queue?q=${stem}`);
  for (const id of ids.slice(1)) await pick(page, id).check();
  await bar(page).getByRole("textbox", { name: "Reason for a denial" }).fill("There is one like this already.");
  await bar(page).getByRole("button", { name: "Deny" }).click();
  if (scripted()) {
    await toasts(page).getByRole("button", { name: "Undo" }).click();
    await expect(toasts(page)).toContainText("undone; nothing was changed");
  } else {
    await expect(page.getByRole("heading", { level: 1, name: "Deny 2 requests" })).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByText("Undone. Nothing was changed.")).toBeVisible();
  }
  expect(await statuses(page, stem)).toEqual({ new: 3 });
});

test("a selection is claimed without JavaScript, and the page shows the result", { tag: "@nojs" }, async ({ page, as }) => {
  const { stem, ids } = await fileMany(await as("Maya Chen"), 2);
  await signIn(page, "Lena Park");
  await open(page, `/queue?q=${stem}`);
  for (const id of ids) await pick(page, id).check();
  await bar(page).getByRole("button", { name: "Claim" }).click();
  await expect.poll(() => statuses(page, stem), DONE).toEqual({ in_review: 2 });
  const address = scripted() ? await toasts(page).getByRole("link", { name: "Details" }).getAttribute("href") : page.url();
  const { main } = await fetched(page, address ?? "");
  expect(main).toContain("Done");
  expect(main).not.toContain("Refused There");
});

test("twenty requests are decided by keyboard alone", async ({ as }) => {
  test.slow();
  const [maya, lena] = [await as("Maya Chen"), await as("Lena Park")];
  const { stem, ids } = await fileMany(maya, 20);
  let keys = 0;
  const press = async (key: string) => {
    keys += 1;
    await lena.keyboard.press(key);
  };
  const type = async (text: string) => {
    keys += text.length;
    await lena.keyboard.type(text);
  };
  await open(lena, `/queue?q=${stem}&limit=25`);
  await expect(rows(lena)).toHaveCount(20);
  const started = Date.now();
  await press("j");
  await expect(rowOf(lena, ids[19] ?? "")).toBeFocused();
  for (let index = 0; index < 15; index++) await press("a");
  await expect(rowOf(lena, ids[4] ?? "")).toBeFocused();
  // The last five are denied together.
  await press("x");
  for (let index = 0; index < 4; index++) {
    await press("j");
    await press("x");
  }
  await expect(bar(lena)).toContainText("5 requests selected");
  await press("d");
  await expect(bar(lena).getByRole("textbox", { name: "Reason for a denial" })).toBeFocused();
  await type("Use the one that search has.");
  await press("Enter");
  const seconds = (Date.now() - started) / 1_000;
  await expect.poll(() => statuses(lena, stem), DONE).toEqual({ approved: 15, denied: 5 });
  const all = (Date.now() - started) / 1_000;
  console.log(`20 decisions from the open queue: ${keys} keys, 0 clicks, ${seconds.toFixed(1)} s; ${all.toFixed(1)} s until all were kept`);
});

test("the focus stays with its row, keys can be turned off, and u takes back", async ({ as }) => {
  const [maya, lena, omar] = [await as("Maya Chen"), await as("Lena Park"), await as("Omar Haddad")];
  const { stem, ids } = await fileMany(maya, 3);
  await open(lena, `/queue?q=${stem}`);
  await lena.keyboard.press("j");
  await lena.keyboard.press("ArrowDown");
  const middle = rowOf(lena, ids[1] ?? "");
  await expect(middle).toBeFocused();
  expect((await post(omar, `/requests/${ids[1]}`, { action: "claim", revision: "1" })).status()).toBe(303);
  await expect(middle).toContainText("In review");
  await expect(middle, "a change leaves the focus where it is").toBeFocused();
  await lena.keyboard.press("k");
  await lena.keyboard.press("c");
  await expect(toasts(lena)).toContainText(`Claim, ${ids[2]}`);
  await lena.keyboard.press("u");
  await expect(toasts(lena)).toContainText("undone; nothing was changed");

  await lena.keyboard.press("?");
  const dialog = lena.getByRole("dialog", { name: "Keys of the queue" });
  await expect(dialog).toBeVisible();
  await dialog.getByRole("checkbox", { name: "Single keys work on this page" }).uncheck();
  await lena.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await lena.keyboard.press("?");
  await expect(dialog).toBeHidden();
  await lena.reload();
  await open(lena, `/queue?q=${stem}`);
  await lena.keyboard.press("x");
  await expect(bar(lena)).toBeHidden();
  // What is typed is text.
  await lena.getByRole("searchbox").fill("a j x");
  await expect(bar(lena)).toBeHidden();
});

test("a view is kept for oneself or for all", { tag: "@nojs" }, async ({ page, as }) => {
  const name = uniqueName("view");
  await signIn(page, "Lena Park");
  await open(page, "/queue?status=new&sort=-size");
  const menu = page.locator("details.queue-views");
  for (const [label, shared] of [[`${name} mine`, false], [`${name} ours`, true]] as const) {
    await menu.locator("summary").click();
    const save = page.getByRole("form", { name: "Save this view" });
    await save.getByLabel("Save this view as").fill(label);
    if (shared) await save.getByRole("checkbox").check();
    await save.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(/status=new/);
    if (scripted()) await page.locator("html.js").waitFor();
  }
  const other = await as("Maya Chen");
  const { main } = await fetched(other, "/queue");
  expect(main).toContain(`${name} ours`);
  expect(main).not.toContain(`${name} mine`);
  await open(page, "/queue");
  await menu.locator("summary").click();
  await menu.getByRole("link", { name: `${name} mine` }).click();
  await page.waitForURL(/sort=-size/);
  await settled(page);
  await menu.locator("summary").click().catch(() => {});
  expect((await fetched(page, "/queue")).main).toContain("Unassigned");
});

test("a view is a file, as a table and as JSON", async ({ page }) => {
  await signIn(page, "Lena Park");
  await open(page, "/queue?status=completed&sort=name");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
  expect(download.suggestedFilename()).toBe("requests.csv");
  const csv = await (await page.request.get("/queue/export.csv?status=completed&sort=name")).text();
  const json = (await (await page.request.get("/queue/export.json?status=completed&sort=name")).json()) as { rows: unknown[] };
  expect(csv.trim().split("\r\n").length).toBe(json.rows.length + 1);
  expect(json.rows.length).toBeGreaterThan(5);
});

test("two people see that they look at the same request", async ({ as }) => {
  const [maya, lena] = [await as("Maya Chen"), await as("Lena Park")];
  const id = await file(maya, wholeForm(uniqueName("looked")) as { name: string });
  await open(lena, `/requests/${id}`);
  await open(maya, `/requests/${id}`);
  await expect(maya.getByText("Lena Park is looking too.")).toBeVisible();
});
