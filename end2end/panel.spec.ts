// The panel beside the request form, the form as YAML, and drafts that keep themselves.
import { expectStatus, fetched, field, file, open, openedRequest, scripted, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

const panel = (page: Page) => page.getByRole("complementary", { name: "What this request comes to" });
const yaml = (page: Page) => page.getByRole("textbox", { name: "YAML" });

const WHOLE = `environment: staging
team: search
owner: maya.chen
description: Zebra crossings of every town, for the map of safe ways to school.
services:
  - school-map: read
data_size_gb: 10
expected_keys: 1000000
key_bytes_mean: 24
value_bytes_mean: 976
growth_percent: 10
qps_get: 100
`;

test.beforeEach(async ({ page }) => {
  await signIn(page, "Maya Chen");
});

test("the panel follows what is typed: footprint, cost, and what resembles it with the reason", async ({ page }) => {
  const other = await file(page, {
    name: uniqueName("crossings"),
    description: "Zebra crossings of every town, shown on the map of safe ways.",
  });
  await open(page, "/requests/new");
  await page.getByText("The form as YAML").click();
  await yaml(page).fill(`name: ${uniqueName("zebra_map")}\n${WHOLE}`);
  await page.getByRole("button", { name: "Read into the form" }).click();
  await expect(field(page, "Expected keys")).toHaveValue("1000000");

  await expect(panel(page)).toContainText("1 GB of entries");
  await expect(panel(page)).toContainText(/stored in \d copies? on kv-/);
  await expect(panel(page)).toContainText(/\d+\.\d\d EUR/);
  const similar = page.getByRole("list", { name: "Similar datasets and requests" });
  const line = similar.getByRole("listitem").filter({ hasText: other });
  await expect(line).toContainText(/same team, .*% of the words of the use case/);
  await expect(line.getByRole("link")).toHaveAttribute("href", `/requests/${other}`);

  await field(page, "Expected keys").fill("2000000");
  await expect(panel(page)).toContainText("2 GB of entries");
  await field(page, "Environment").selectOption("prod");
  await field(page, "Storage type").selectOption("READONLY");
  await expect(panel(page)).toContainText("stored in 3 copies on kv-readonly");
});

test("the form goes out as YAML, is edited there, and comes in again", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("yaml");
  await open(page, "/requests/new");
  await page.getByText("The form as YAML").click();
  await expect(yaml(page)).toHaveValue(/# What it is\n[^]*environment: dev\n/);

  await yaml(page).fill(`name: ${name}\nqps_gets: 5\n`);
  const read = page.getByRole("button", { name: scripted() ? "Read into the form" : "Save what the YAML says" });
  await read.click();
  await expect(page.getByRole("alert").filter({ hasText: "Line 2" }).first()).toContainText("did you mean `qps_get`?");
  if (!scripted()) await page.getByText("The form as YAML").click();
  await expect(yaml(page)).toHaveValue(/qps_gets/);

  await yaml(page).fill(`name: ${name}\n${WHOLE}`);
  await read.click();
  await expect(field(page, "Dataset name")).toHaveValue(name);
  await expect(field(page, "Calling services")).toHaveValue("school-map:read");
  await page.getByRole("button", { name: "Submit request" }).click();
  const id = await openedRequest(page);
  await expectStatus(page, id, "New");
  expect((await fetched(page, `/requests/${id}`)).text).toContain("school-map");
});

test("a new form keeps itself as a draft, which can be discarded", async ({ page }) => {
  const name = uniqueName("kept");
  await open(page, "/requests/new");
  await field(page, "Dataset name").fill(name);
  await expect(page.getByText(/^Saved \d\d:\d\d$/)).toBeVisible();
  expect((await fetched(page, "/")).text).toContain(name);
  await field(page, "Tags").fill("later");
  await page.getByRole("button", { name: "Discard draft" }).click();
  const id = await openedRequest(page);
  await expectStatus(page, id, "Cancelled");
});

test("a dataset is the start of another request, without its name", { tag: "@nojs" }, async ({ page }) => {
  await open(page, "/catalogue?team=search");
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("link", { name: "Request one like it" }).click();
  await expect(page.getByText(/^A copy of DS-\d+\./)).toBeVisible();
  await expect(field(page, "Dataset name")).toHaveValue("");
  await expect(field(page, "Expected keys")).not.toHaveValue("");
});
