// The catalogue with its search, facets and pages, and a dataset with all its metadata.
import { act, fetched, file, open, PLACEMENT, region, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";
import { expectParameters, fetchedRows } from "./queue-table";

const searchBox = (page: Page) => page.getByRole("searchbox", { name: "Search datasets" });
const datasets = (page: Page) =>
  page.getByRole("table", { name: "Datasets" }).getByRole("row").filter({ has: page.getByRole("rowheader") });
const total = (page: Page) => region(page, "Datasets").getByRole("status");
const facet = (page: Page, label: string) =>
  page.getByRole("complementary", { name: "Filters" }).getByRole("link", { name: new RegExp(`^${label}\\s*\\d+$`) });
const numberIn = (text: string | null) => Number((text ?? "").replace(/\D/g, ""));

/** The ids of the datasets that a page lists, in its order, as a page fetched anew says. */
async function fetchedIds(page: Page, address: string): Promise<string[]> {
  const { html } = await fetched(page, address);
  const body = html.split("<tbody")[1]?.split("</tbody>")[0] ?? "";
  return [...body.matchAll(/href="\/datasets\/(DS-\d+)"/g)].map(([, id]) => id ?? "");
}

const shownIds = (page: Page) =>
  datasets(page).getByRole("link").evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).pathname.replace("/datasets/", "")));

/** Files a request as the page's person, lets the reviewer approve it, and gives the dataset's address. */
async function approved(requester: Page, reviewer: Page, changes: Record<string, string> & { name: string }): Promise<string> {
  const id = await file(requester, changes);
  await act(reviewer, id, "claim");
  await act(reviewer, id, "approve", PLACEMENT);
  const { html } = await fetched(reviewer, `/catalogue?q=${changes.name}`);
  const found = /href="(\/datasets\/DS-\d+)"/.exec(html)?.[1];
  if (!found) throw new Error(`${changes.name} is not in the catalogue`);
  return found;
}

test("search finds datasets by the beginnings of words", { tag: "@nojs" }, async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const lena = await as("Lena Park");
  const word = uniqueName("cat").replaceAll("_", "");
  const address = await approved(page, lena, { name: `${word}_profiles`, tags: "quokka" });
  await open(page, "/catalogue");
  for (const text of [word.slice(0, -1), `prof ${word}`, `quok ${word}`]) {
    await searchBox(page).fill(text);
    await page.getByRole("button", { name: "Search" }).click();
    await expectParameters(page, (await page.locator("html.js").count()) ? { q: text } : { q: text, sort: "name" });
    await expect(total(page)).toHaveText("1 dataset");
    expect(await fetchedIds(page, page.url())).toEqual([address.replace("/datasets/", "")]);
  }
  await searchBox(page).fill(`${word}nothing`);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("No dataset matches")).toBeVisible();
  expect(await fetchedIds(page, page.url())).toEqual([]);
  await page.getByRole("link", { name: "Clear search and filters" }).click();
  await expect(searchBox(page)).toHaveValue("");
  await expect.poll(() => datasets(page).count()).toBeGreaterThan(1);
});

test("facets narrow the list to as many as they count, and can be taken back", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/catalogue?limit=200");
  const all = numberIn(await total(page).textContent());
  expect(all).toBeGreaterThan(10);
  await expect(datasets(page)).toHaveCount(all);
  for (const [label, parameter, value] of [["Production", "environment", "prod"], ["Mutable", "storage", "MUTABLE"], ["search", "team", "search"]] as const) {
    await open(page, "/catalogue?limit=200");
    const counted = numberIn((await facet(page, label).textContent())?.replace(/^\D+/, "") ?? "");
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThan(all);
    await facet(page, label).click();
    await expectParameters(page, { limit: "200", [parameter]: value });
    await expect(facet(page, label)).toHaveAttribute("aria-current", "true");
    await expect(datasets(page)).toHaveCount(counted);
    for (const row of await datasets(page).all()) await expect(row).toContainText(label);
    expect((await fetchedIds(page, page.url())).length).toBe(counted);
    await page.getByRole("link", { name: new RegExp(`^${label}\\s*, remove this filter`) }).click();
    await expectParameters(page, { limit: "200" });
    await expect(datasets(page)).toHaveCount(all);
  }
});

test("the order is by name, size or age", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/catalogue?limit=200");
  const names = () => datasets(page).getByRole("link").allInnerTexts();
  const sizes = async () => {
    const units: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 };
    const texts = await datasets(page).evaluateAll((found) => found.map((row) => row.querySelector("td.num")?.textContent ?? ""));
    return texts.map((text) => {
      const [, number, unit] = /^\s*([\d.\s]+?)\s*([kMGTP]?B)/.exec(text) ?? [];
      return Number((number ?? "").replace(/\s/g, "")) * (units[unit ?? ""] ?? Number.NaN);
    });
  };
  const byName = await names();
  expect(byName).toEqual([...byName].sort((a, b) => (a < b ? -1 : 1)));
  const order = async (label: string, word: string) => {
    await page.getByRole("combobox", { name: "Order" }).selectOption({ label });
    await page.getByRole("button", { name: "Search" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("sort")).toBe(word);
    await expect.poll(names).not.toEqual(byName);
  };
  await open(page, "/catalogue?limit=200");
  await order("Largest first", "largest");
  const bySize = await sizes();
  expect(bySize).toEqual([...bySize].sort((a, b) => b - a));
  expect(await fetchedIds(page, page.url())).toEqual(await shownIds(page));
  await order("Newest first", "newest");
  const fetchedNow = await fetchedIds(page, page.url());
  const times = await datasets(page).evaluateAll((found) => found.map((row) => row.querySelector("time")?.dateTime ?? ""));
  expect(times).toEqual([...times].sort().reverse());
  expect(fetchedNow).toEqual(await shownIds(page));
});

test("pages of the catalogue follow each other without loss or repeat", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  const whole = await fetchedIds(page, "/catalogue?limit=200&sort=largest");
  await open(page, "/catalogue?limit=7&sort=largest");
  const seen: string[] = [];
  const next = page.getByRole("link", { name: "Next page" });
  for (;;) {
    const ids = await shownIds(page);
    seen.push(...ids);
    if (!(await next.count())) break;
    await next.click();
    await expect(page.getByRole("link", { name: "First page" })).toBeVisible();
    await expect(datasets(page).getByRole("link").first()).not.toHaveAttribute("href", `/datasets/${ids[0]}`);
  }
  expect(seen).toEqual(whole);
  expect(await fetchedIds(page, page.url())).toEqual(whole.slice(-(whole.length % 7 || 7)));
  await page.getByRole("link", { name: "First page" }).click();
  await expect.poll(() => shownIds(page)).toEqual(whole.slice(0, 7));
});

test("a dataset shows all of its metadata", { tag: "@nojs" }, async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const lena = await as("Lena Park");
  const name = uniqueName("meta");
  const address = await approved(page, lena, {
    name,
    backup_owner: "jonas.weber",
    services: "web-frontend:read\nprofile-writer:write",
    ttl_seconds: "86400",
    update_schedule: "0 3 * * *",
    source_uri: "s3://warehouse/profiles/",
    backup_enabled: "on",
    backup_schedule: "30 2 * * *",
    backup_keep: "14",
    region: "eu-central-1",
    cost_centre: "CC-4410",
    ticket_link: "https://tickets.example.com/KV-7",
    tags: "profiles, serving",
    migration: "on",
    migration_system: "redis",
    migration_locator: "profiles.cache.internal:6379/2",
    migration_rows: "1180000",
    migration_dual_write: "on",
  });
  await open(page, `/catalogue?q=${name}`);
  await page.getByRole("link", { name: `${name}_staging` }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${name}_staging` })).toBeVisible();
  const sections: Record<string, string[]> = {
    "What it is": [name, "Staging"],
    "Who owns and calls it": ["search", "maya.chen", "jonas.weber", "web-frontend", "profile-writer", "Tier 2"],
    Data: ["Mutable", "12.5 GB", "3 % a month", "1 500 000", "UTF-8", "JSON", "512", "4 096"],
    "Traffic and promises": ["1 200", "80", "2.5", "20 ms", "50 ms", "99.9 %", "Strong"],
    "Lifetime and updates": ["1 d", "3 versions", "0 3 * * *", "s3://warehouse/profiles/"],
    Privacy: ["Internal"],
    Backup: ["30 2 * * *", "14"],
    Migration: ["Redis", "profiles.cache.internal:6379/2", "1 180 000"],
    Planning: ["eu-central-1", "Normal", "CC-4410", "profiles, serving"],
    "Use case": [`Keeps what the story ${name} needs`],
    "Who and where": ["maya.chen", "Search", "kv-staging"],
    "Next updates": ["03:00 UTC"],
    "Next backups": ["02:30 UTC"],
    History: ["Maya Chen submitted", "Lena Park approved"],
  };
  const plain = (text: string) => text.replace(/[\s\u00a0\u202f]+/g, " ");
  const main = plain((await page.getByRole("main").innerText()).replaceAll("\n", " "));
  const told = plain((await fetched(page, address)).text);
  for (const [title, facts] of Object.entries(sections)) {
    await expect(page.getByRole("heading", { level: 2, name: title, exact: true })).toBeVisible();
    for (const fact of facts) {
      expect(main, `${title}: ${fact}`).toContain(fact);
      expect(told, `${title}: ${fact}`).toContain(fact);
    }
  }
  await page.getByRole("link", { name: /^REQ-\d+$/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${name}_staging` })).toBeVisible();
});

test("of a guarded dataset other teams see the summary alone", { tag: "@nojs" }, async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const lena = await as("Lena Park");
  const name = uniqueName("guarded");
  const secret = `The chocolate formula of ${name} is kept in here.`;
  const address = await approved(page, lena, {
    name,
    data_class: "confidential",
    description: secret,
    source_uri: "s3://vault/recipes/",
    update_schedule: "0 3 * * *",
  });
  await open(page, address);
  await expect(page.getByText(secret)).toBeVisible();
  expect((await fetched(page, address)).text).toContain("s3://vault/recipes/");

  const outsider = await as("Arjun Mehta");
  await open(outsider, address);
  await expect(outsider.getByRole("heading", { level: 1, name: `${name}_staging` })).toBeVisible();
  await expect(outsider.getByText("The data class is confidential.")).toBeVisible();
  await expect(outsider.getByText("12.5 GB").first()).toBeVisible();
  const { raw, status } = await fetched(outsider, address);
  expect(status).toBe(200);
  for (const hidden of ["chocolate", "s3://vault/recipes/"]) expect(raw).not.toContain(hidden);
  expect(await fetchedIds(outsider, "/catalogue?q=chocolate")).toEqual([]);
  expect(await fetchedIds(outsider, `/catalogue?q=${name}`)).toEqual([address.replace("/datasets/", "")]);
  // The queue searches guarded use cases for those alone who may read them.
  expect(await fetchedRows(outsider, `/queue?q=chocolate+${name}`)).toEqual([]);
  expect(await fetchedRows(lena, `/queue?q=chocolate+${name}`)).toHaveLength(1);
  const auditor = await as("Sofia Rossi");
  expect((await fetched(auditor, address)).text).toContain("chocolate");
});

test("a dataset that does not exist is not found", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  for (const id of ["DS-999999", "DS-x", "999999"]) {
    await open(page, `/datasets/${id}`);
    await expect(page.getByRole("heading", { level: 1, name: "Not found" })).toBeVisible();
    expect((await fetched(page, `/datasets/${id}`)).status).toBe(404);
  }
});
