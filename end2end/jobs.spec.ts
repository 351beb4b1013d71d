// What the service does by itself, and what was done: jobs and the audit trail, with scripts and without.
import { act, file, open, uniqueName } from "./acts";
import { expect, signIn, test } from "./fixtures";

test("a reviewer finds a job of the schedule, of which an engineer sees nothing", { tag: "@nojs" }, async ({ page, as }) => {
  await signIn(page, "Lena Park");
  await open(page, "/jobs");
  await page.getByRole("row", { name: /Sealing of the audit trail/ }).getByRole("link", { name: /Sealing/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Sealing of the audit trail");

  const maya = await as("Maya Chen");
  expect((await maya.goto(new URL(page.url()).pathname))?.status()).toBe(404);
  expect((await maya.goto("/admin/audit"))?.status()).toBe(403);
});

test("the audit trail is searched by subject and act, and exported as it is shown", { tag: "@nojs" }, async ({ page, as }) => {
  const maya = await as("Maya Chen");
  const id = await file(maya, { name: uniqueName("trail") });
  const lena = await as("Lena Park");
  await act(lena, id, "claim");

  await signIn(page, "Sofia Rossi");
  await open(page, "/admin/audit");
  await page.getByLabel("Subject").fill(id);
  await page.getByLabel("Act").selectOption("claim");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(new RegExp(`subject=${id}`));
  const rows = page.locator("main").getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("lena.park");
  await rows.nth(1).getByText("Details").click();
  await expect(rows.nth(1)).toContainText("in_review");
  const csv = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  const exported = await (await page.request.get(csv ?? "")).text();
  expect(exported.trim().split("\n")).toHaveLength(2);
  expect(exported).toContain("lena.park");
});
