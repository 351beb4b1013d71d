// The rest of a request's life: which snapshots differ, what is asked of a dataset that exists, and the next environment.
// Each story ends with a page or an answer of /v1 fetched anew.
import { act, expectStatus, type Fields, fetched, field, file, open, PLACEMENT, region, scripted, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

const button = (page: Page, name: string) => page.getByRole("main").getByRole("button", { name, exact: true });

/** A dataset of maya's team; gives its number. */
async function dataset(maya: Page, omar: Page, name: string, changes: Fields = {}): Promise<string> {
  const id = await file(maya, { name, ...changes });
  await act(omar, id, "claim");
  await act(omar, id, "approve", PLACEMENT);
  return (await json(maya, `/v1/requests/${id}`)).dataset;
}

async function json(page: Page, path: string) {
  const answer = await page.request.get(path);
  expect(answer.status(), await answer.text()).toBe(200);
  return answer.json();
}

test.beforeEach(async ({ page }) => {
  await signIn(page, "Maya Chen");
});

test("as filed, as last edited, as decided", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("three") });
  const omar = await as("Omar Haddad");
  await act(omar, id, "claim");
  await act(omar, id, "ask", { question: "Is this of one region?", fields: "data_size_gb" });
  await act(page, id, "reply", { reply: "Of both.", f_data_size_gb: "25" });
  await act(omar, id, "deny", { reason: "Use the shared dataset instead." });
  await act(page, id, "reopen");
  await act(omar, id, "deny", { reason: "Use the shared dataset instead, please." });
  await open(page, `/requests/${id}`);
  const changed = region(page, "What changed");
  const row = () => changed.getByRole("row", { name: "Data size" }).getByRole("cell");
  await expect(row()).toHaveText(["12.5", "25", "25"]);
  await changed.getByRole("link", { name: "Filed → decided" }).click();
  await expect(changed.getByRole("columnheader")).toHaveText(["Field", "As filed", "As decided"]);
  await expect(row()).toHaveText(["12.5", "25"]);
  await changed.getByRole("link", { name: "Edited → decided" }).click();
  await expect(changed).toContainText("These two are the same.");
  const difference = await json(page, `/v1/requests/${id}/difference?from=filed&to=decided`);
  expect(difference.changes).toEqual([{ field: "data_size_gb", label: "Data size", from: 12.5, to: 25 }]);
});

test("a change is asked for on the dataset's page, decided, and waits", { tag: "@nojs" }, async ({ page, as }) => {
  const omar = await as("Omar Haddad");
  const name = uniqueName("grows");
  const number = await dataset(page, omar, name);
  await open(page, `/datasets/${number}`);
  await region(page, "Ask for").getByRole("link", { name: "Change", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Change: ${name}_staging` })).toBeVisible();
  const form = page.getByRole("form", { name: "Request about a dataset" });
  await expect(field(form, "Data size")).toHaveValue("12.5");
  await expect(field(form, "Dataset name")).toHaveCount(0);
  await field(form, "Data size").fill("40");
  await button(page, "Submit request").click();
  await expect(page.getByText("Give a reason of at least 10 characters.").first()).toBeVisible();
  await expect(field(form, "Data size")).toHaveValue("40");
  await field(form, "Justification").fill("Three times the catalogue since last week.");
  await button(page, "Submit request").click();
  await expect(region(page, "What would change").getByRole("row", { name: "Data size" }).getByRole("cell")).toHaveText(["12.5", "40"]);
  const id = new URL(page.url()).pathname.split("/").pop() ?? "";

  await open(omar, `/datasets/${number}`);
  await expect(region(omar, "Ask for")).toContainText(`${id} is open about this dataset`);
  await act(omar, id, "claim");
  await act(omar, id, "approve", PLACEMENT);
  await open(page, `/requests/${id}`);
  await expectStatus(page, id, "Approved");
  expect((await json(page, `/v1/datasets/${number}/metadata`)).metadata.data_size_gb).toBe(12.5);
});

test("a dataset is promoted to the next environment", { tag: "@nojs" }, async ({ page, as }) => {
  const name = uniqueName("up");
  const number = await dataset(page, await as("Omar Haddad"), name);
  await open(page, `/datasets/${number}`);
  await page.getByRole("link", { name: "Promote to the next environment" }).click();
  await expect(field(page.getByRole("main"), "Dataset name")).toHaveValue(name);
  await button(page, "Submit request").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  const id = new URL(page.url()).pathname.split("/").pop() ?? "";
  expect(await json(page, `/v1/requests/${id}`)).toMatchObject({ name, kind: "create", metadata: { environment: "prod" } });
});

test("a denied request lives on as a clone, and its name is told when it is taken", { tag: "@nojs" }, async ({ page, as }) => {
  const name = uniqueName("twice");
  const id = await file(page, { name });
  await act(await as("Omar Haddad"), id, "deny", { reason: "Not before the next quarter." });
  await open(page, `/requests/new?clone=${id}`);
  await field(page.getByRole("main"), "Dataset name").fill(name);
  await button(page, "Submit request").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
  const answer = await page.request.post(`/v1/requests/${id}/actions/reopen`, { headers: { "if-match": "*" }, data: {} });
  expect(answer.status()).toBe(422);
  expect((await answer.json()).errors.name).toContain("is taken by REQ-");
  await open(page, `/requests/${id}`);
  await expectStatus(page, id, "Denied");
  expect((await fetched(page, `/requests/${id}`)).text).toContain(scripted() ? "Denied" : "denied it");
});
