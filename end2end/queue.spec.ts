// The queue: whose requests, which statuses, search, filters, order and pages, all of it in the address.
import { file, fetched, open, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";
import { expectOrder, expectParameters, fetchedRows, type Key, readRows, rowOf, rows, settled } from "./queue-table";

/** Every head of the table: its label, its word in the address, the direction of a first click, and what a row says. */
const HEADS: { label: string; word: string; first: "ascending" | "descending"; key: Pick<Key, "of" | "exact"> }[] = [
  { label: "Dataset", word: "name", first: "ascending", key: { of: "dataset", exact: true } },
  { label: "Request", word: "number", first: "descending", key: { of: "request", exact: true } },
  { label: "Status", word: "status", first: "ascending", key: { of: "status", exact: true } },
  { label: "Priority", word: "priority", first: "ascending", key: { of: "priority", exact: true } },
  { label: "Env", word: "environment", first: "ascending", key: { of: "environment", exact: true } },
  { label: "Storage", word: "storage", first: "ascending", key: { of: "storage", exact: true } },
  { label: "Size", word: "size", first: "descending", key: { of: "size", exact: false } },
  { label: "Peak QPS", word: "qps", first: "descending", key: { of: "qps", exact: true } },
  { label: "Team", word: "team", first: "ascending", key: { of: "team", exact: true } },
  { label: "Owner", word: "owner", first: "ascending", key: { of: "owner", exact: true } },
  { label: "Reviewer", word: "reviewer", first: "ascending", key: { of: "reviewer", exact: true } },
  { label: "Needed by", word: "needed_by", first: "ascending", key: { of: "neededBy", exact: true } },
  { label: "Submitted", word: "submitted", first: "descending", key: { of: "submitted", exact: false } },
  { label: "Updated", word: "updated", first: "descending", key: { of: "updated", exact: false } },
];

const sortLink = (page: Page, label: string) =>
  page.getByRole("columnheader").getByRole("link", { name: new RegExp(`^${label}\\b`) });
const head = (page: Page, label: string) =>
  page.getByRole("columnheader").filter({ has: page.getByRole("link", { name: new RegExp(`^${label}\\b`) }) });
const chip = (page: Page, label: string) =>
  page.getByRole("navigation", { name: "Statuses" }).getByRole("link", { name: new RegExp(`^${label}\\s`) });
const tab = (page: Page, label: string) =>
  page.getByRole("navigation", { name: "Whose requests" }).getByRole("link", { name: label, exact: true });
const search = (page: Page) => page.getByRole("searchbox", { name: "Search requests" });
const filter = (page: Page, label: string) => page.getByRole("search", { name: "Queue" }).getByRole("combobox", { name: label });
const apply = (page: Page) => page.getByRole("button", { name: "Apply" }).click();

test("every head sorts by its column, and again the other way round", { tag: "@nojs" }, async ({ page }) => {
  test.slow();
  await signIn(page, "Lena Park");
  await open(page, "/queue?limit=200");
  for (const { label, word, first, key } of HEADS) {
    const second = first === "ascending" ? "descending" : "ascending";
    for (const direction of [first, second]) {
      await sortLink(page, label).click();
      await expectParameters(page, { limit: "200", sort: direction === "ascending" ? word : `-${word}` });
      await expect(head(page, label)).toHaveAttribute("aria-sort", direction);
      await settled(page);
      const read = await readRows(page);
      expect(read.length).toBeGreaterThan(40);
      const values = new Set(read.map((row) => row[key.of]));
      expect(values.size, `${label} differs between the rows`).toBeGreaterThan(1);
      expectOrder(read, [{ ...key, descending: direction === "descending" }]);
      expect(await fetchedRows(page, page.url())).toEqual(read.map((row) => row.request));
    }
  }
});

test("several columns order together", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Lena Park");
  await open(page, "/queue?limit=200");
  await sortLink(page, "Team").click();
  await expect(head(page, "Team")).toHaveAttribute("aria-sort", "ascending");
  await page.getByRole("link", { name: "Sort by Priority too" }).focus();
  await page.keyboard.press("Enter");
  await expectParameters(page, { limit: "200", sort: "team,priority" });
  await page.getByRole("link", { name: "Sort by Peak QPS too" }).focus();
  await page.keyboard.press("Enter");
  await expectParameters(page, { limit: "200", sort: "team,priority,-qps" });
  await expect(page.getByText("Sorted by team ascending, then priority ascending, then peak QPS descending.")).toBeVisible();
  await settled(page);
  const read = await readRows(page);
  expectOrder(read, [
    { of: "team", descending: false, exact: true },
    { of: "priority", descending: false, exact: true },
    { of: "qps", descending: true, exact: true },
  ]);
  expect(await fetchedRows(page, page.url())).toEqual(read.map((row) => row.request));
  await page.getByRole("link", { name: "Newest first", exact: true }).click();
  await expectParameters(page, { limit: "200" });
  expect(await fetchedRows(page, page.url())).toEqual(read.map((row) => row.request).sort((a, b) => b - a));
});

test("shift and click adds a column, and turns one that is there", async ({ page }) => {
  await signIn(page, "Lena Park");
  await open(page, "/queue?limit=200");
  await sortLink(page, "Status").click();
  await expectParameters(page, { limit: "200", sort: "status" });
  await sortLink(page, "Size").click({ modifiers: ["Shift"] });
  await expectParameters(page, { limit: "200", sort: "status,-size" });
  await sortLink(page, "Status").click({ modifiers: ["Shift"] });
  await expectParameters(page, { limit: "200", sort: "-status,-size" });
  await expect(head(page, "Status")).toHaveAttribute("aria-sort", "descending");
  await settled(page);
  expectOrder(await readRows(page), [
    { of: "status", descending: true, exact: true },
    { of: "size", descending: true, exact: false },
  ]);
  expect(page.context().pages(), "no window was opened").toHaveLength(1);
});

test("tabs show whose requests", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  const name = uniqueName("tabs");
  const mine = Number((await file(page, { name })).replace("REQ-", ""));
  await open(page, "/queue?limit=200");
  const all = (await readRows(page)).map((row) => row.request);
  expect(all).toContain(mine);

  await tab(page, "My team").click();
  await expectParameters(page, { limit: "200", scope: "team" });
  await expect(tab(page, "My team")).toHaveAttribute("aria-current", "true");
  await expect(rows(page).filter({ hasText: "payments" })).toHaveCount(0);
  await settled(page);
  const team = await readRows(page);
  expect(new Set(team.map((row) => row.team))).toEqual(new Set(["search"]));
  expect(team.length).toBeLessThan(all.length);

  await tab(page, "Mine").click();
  await expectParameters(page, { limit: "200", scope: "mine" });
  await expect(tab(page, "Mine")).toHaveAttribute("aria-current", "true");
  await settled(page);
  await expect(rowOf(page, `REQ-${mine}`)).toBeVisible();
  expect(await fetchedRows(page, page.url())).toEqual((await readRows(page)).map((row) => row.request));
});

test("each status shows as many requests as its chip counts", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Lena Park");
  for (const scope of ["", "&scope=team"]) {
    await open(page, `/queue?limit=200${scope}`);
    const chips = page.getByRole("navigation", { name: "Statuses" }).getByRole("link");
    const told = await chips.evaluateAll((links) =>
      links.map((link) => {
        const [, label, count] = /^(.*?)\s*([\d\s]+)$/.exec((link as HTMLElement).innerText.trim()) ?? [];
        return { label, count: Number((count ?? "x").replace(/\s/g, "")), href: (link as HTMLAnchorElement).href };
      }),
    );
    expect(told.length).toBe(13);
    for (const { label, count, href } of told) {
      expect([label, (await fetchedRows(page, href)).length]).toEqual([label, count]);
    }
  }
});

test("chips choose statuses, and give them back", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Lena Park");
  await open(page, "/queue?limit=200");
  await chip(page, "Denied").click();
  await expectParameters(page, { limit: "200", status: "denied" });
  await expect(chip(page, "Denied")).toHaveAttribute("aria-current", "true");
  await chip(page, "New").click();
  await expectParameters(page, { limit: "200", status: "new,denied" });
  await expect(chip(page, "New")).toHaveAttribute("aria-current", "true");
  await settled(page);
  expect(new Set((await readRows(page)).map((row) => row.status))).toEqual(new Set([1, 8]));
  await chip(page, "Denied").click();
  await expectParameters(page, { limit: "200", status: "new" });
  await expect(rows(page).filter({ hasText: "Denied" })).toHaveCount(0);
  await settled(page);
  expect(await fetchedRows(page, page.url())).toEqual((await readRows(page)).map((row) => row.request));
  await chip(page, "Open").click();
  await expectParameters(page, { limit: "200", status: "open" });
  await expect(chip(page, "Open")).toHaveAttribute("aria-current", "true");
});

test("search finds the beginnings of words, of names and of use cases", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Maya Chen");
  const word = uniqueName("zy").replaceAll("_", "");
  const name = `${word}_profiles`;
  const id = await file(page, { name, description: "Holds what the xylophonists of our band have played lately." });
  const number = Number(id.replace("REQ-", ""));
  await open(page, "/queue");
  for (const text of [word.slice(0, -1), `${word} prof`, `xylophon ${word}`, word.toUpperCase(), id]) {
    await search(page).fill(text);
    await apply(page);
    await expectParameters(page, { q: text });
    await settled(page);
    await expect(rowOf(page, id)).toBeVisible();
    await expect(rows(page), text).toHaveCount(1);
    expect(await fetchedRows(page, page.url())).toEqual([number]);
  }
  for (const text of [word.slice(1), `${word} nowhere`, "rofiles_zy"]) {
    await search(page).fill(text);
    await apply(page);
    await expect(page.getByText("No request matches")).toBeVisible();
    expect(await fetchedRows(page, page.url())).toEqual([]);
  }
  await page.getByRole("link", { name: "Clear filters" }).last().click();
  await expect(search(page)).toHaveValue("");
  await expect(rowOf(page, id)).toBeVisible();
});

test("the search follows what is typed", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const name = uniqueName("typed");
  const id = await file(page, { name });
  await open(page, "/queue");
  await search(page).pressSequentially(name.slice(0, -1), { delay: 10 });
  await expectParameters(page, { q: name.slice(0, -1) });
  await expect(rowOf(page, id)).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  await expect(search(page)).toBeFocused();
  await search(page).fill("");
  await expectParameters(page, {});
  await expect.poll(() => rows(page).count()).toBeGreaterThan(1);
});

test("a search is no pattern and no statement", async ({ page }) => {
  await signIn(page, "Maya Chen");
  for (const text of ["%", "_", "'; drop table requests; --", '" OR 1=1', "a* NEAR(b)", "x:y", "日本", "\u0000", "(", "-"]) {
    const { status } = await fetched(page, `/queue?q=${encodeURIComponent(text)}`);
    expect([text, status]).toEqual([text, 200]);
  }
  expect((await fetchedRows(page, "/queue?q=%25zzz")).length).toBe(0);
  expect((await fetchedRows(page, "/queue")).length).toBeGreaterThan(40);
});

test("filters narrow the view together", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Lena Park");
  await open(page, "/queue?limit=200&status=completed");
  const all = await readRows(page);
  const sample = all[0];
  if (!sample) throw new Error("nothing is completed");
  const environments = ["dev", "staging", "prod"];
  const storage = ["READONLY", "MUTABLE", "STREAMING"];
  const wanted = {
    status: "completed",
    limit: "200",
    environment: environments[sample.environment] ?? "",
    storage: storage[sample.storage] ?? "",
    team: sample.team,
  };
  await filter(page, "Environment").selectOption(wanted.environment);
  await filter(page, "Storage").selectOption(wanted.storage);
  await filter(page, "Team").selectOption(wanted.team);
  await apply(page);
  await expectParameters(page, wanted);
  const expected = all.filter(
    (row) => row.environment === sample.environment && row.storage === sample.storage && row.team === sample.team,
  );
  await expect(rows(page)).toHaveCount(expected.length);
  expect((await readRows(page)).map((row) => row.request)).toEqual(expected.map((row) => row.request));
  expect(await fetchedRows(page, page.url())).toEqual(expected.map((row) => row.request));
  await expect(filter(page, "Team")).toHaveValue(sample.team);

  await page.getByRole("link", { name: "Clear filters" }).first().click();
  await expectParameters(page, { limit: "200" });
  await expect.poll(() => rows(page).count()).toBeGreaterThan(all.length);
});

test("filters by people and priority, and the order of the form", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Lena Park");
  await open(page, "/queue?limit=200");
  const all = await readRows(page);
  const owner = all[0]?.owner ?? "";
  const cases: [string, string, (row: (typeof all)[number]) => boolean][] = [
    ["Owner", owner, (row) => row.owner === owner],
    ["Reviewer", "none", (row) => row.reviewer === ""],
    ["Reviewer", "lena.park", (row) => row.reviewer === "lena.park"],
    ["Priority", "high", (row) => row.priority === 1],
  ];
  for (const [label, value, fits] of cases) {
    await open(page, "/queue?limit=200");
    await filter(page, label).selectOption(value);
    await apply(page);
    await expectParameters(page, { limit: "200", [label.toLowerCase()]: value });
    const expected = all.filter(fits).map((row) => row.request);
    expect(expected.length, `${label} ${value} fits something and not all`).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(all.length);
    await expect(rows(page)).toHaveCount(expected.length);
    expect(await fetchedRows(page, page.url())).toEqual(expected);
  }
  await open(page, "/queue?limit=200");
  await filter(page, "Order").selectOption({ label: "Most urgent first" });
  await apply(page);
  await expectParameters(page, { limit: "200", sort: "priority,number" });
  await expect(head(page, "Priority")).toHaveAttribute("aria-sort", "ascending");
  await settled(page);
  expectOrder(await readRows(page), [
    { of: "priority", descending: false, exact: true },
    { of: "request", descending: false, exact: true },
  ]);
});

test("pages follow each other without loss or repeat, there and back", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Lena Park");
  const view = "sort=team,-size&status=completed,denied,new,open";
  const whole = await fetchedRows(page, `/queue?limit=200&${view}`);
  expect(whole.length).toBeGreaterThan(30);
  await open(page, `/queue?limit=10&${view}`);
  const next = page.getByRole("link", { name: "Next", exact: true });
  const previous = page.getByRole("link", { name: "Previous", exact: true });
  const shown = async () => {
    await settled(page);
    return (await readRows(page)).map((row) => row.request);
  };
  const turn = async (link: typeof next, from: number | undefined) => {
    await link.click();
    await expect(rowOf(page, `REQ-${from}`)).toHaveCount(0);
    return await shown();
  };

  await expect(previous).toHaveCount(0);
  const pages = [await shown()];
  while (await next.count()) pages.push(await turn(next, pages.at(-1)?.[0]));
  expect(pages.flat()).toEqual(whole);
  expect(pages.slice(0, -1).every((one) => one.length === 10)).toBe(true);
  expect(await fetchedRows(page, page.url())).toEqual(pages.at(-1));

  const back = [pages.at(-1) ?? []];
  while (await previous.count()) back.unshift(await turn(previous, back[0]?.[0]));
  expect(back).toEqual(pages);
});

test("the address carries the view through reload, back and forward", async ({ page }) => {
  await signIn(page, "Lena Park");
  await open(page, "/queue?limit=25");
  await tab(page, "Mine").click();
  await expectParameters(page, { limit: "25", scope: "mine" });
  await chip(page, "Completed").click();
  await expectParameters(page, { limit: "25", scope: "mine", status: "completed" });
  await sortLink(page, "Size").click();
  const all = { limit: "25", scope: "mine", status: "completed", sort: "-size" };
  await expectParameters(page, all);
  await expect(head(page, "Size")).toHaveAttribute("aria-sort", "descending");
  await settled(page);
  const shown = (await readRows(page)).map((row) => row.request);
  expect(shown.length).toBeGreaterThan(1);

  await page.reload();
  await expectParameters(page, all);
  await expect(head(page, "Size")).toHaveAttribute("aria-sort", "descending");
  expect((await readRows(page)).map((row) => row.request)).toEqual(shown);
  await page.locator("html.js").waitFor();

  await page.goBack();
  await expectParameters(page, { limit: "25", scope: "mine", status: "completed" });
  await expect(head(page, "Size")).not.toHaveAttribute("aria-sort");
  await page.goBack();
  await expectParameters(page, { limit: "25", scope: "mine" });
  await expect(chip(page, "Completed")).not.toHaveAttribute("aria-current");
  await page.goForward();
  await page.goForward();
  await expectParameters(page, all);
  await expect(head(page, "Size")).toHaveAttribute("aria-sort", "descending");
  await settled(page);
  expect((await readRows(page)).map((row) => row.request)).toEqual(shown);
});

test("an address that says nonsense still opens", async ({ page }) => {
  await signIn(page, "Lena Park");
  const { status } = await fetched(page, "/queue?status=purple&sort=-height&limit=x&after=@@@&environment=moon&scope=9");
  expect(status).toBe(200);
  expect((await fetchedRows(page, "/queue?status=purple&sort=-height&limit=x&environment=moon")).length).toBeGreaterThan(40);
});
