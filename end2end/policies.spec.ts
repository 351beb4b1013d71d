// The review policy: written in the form, replayed on what was, put into force, and explained with every decision.
import { act, alive, file, open, openedRequest, post, region, uniqueName, wholeForm } from "./acts";
import { expect, type Page, signIn, startServer, test as base } from "./fixtures";

// A server of its own: a version in force counts for everybody.
const test = base.extend<object, { server: Awaited<ReturnType<typeof startServer>> }>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const server = await startServer(20);
      await use(server);
      await server.close();
    },
    { scope: "worker" },
  ],
});

const editor = (page: Page) => page.getByRole("form", { name: "Write a new version", exact: true });

/** The number of the version whose page is open. */
async function shownVersion(page: Page): Promise<string> {
  await page.waitForURL(/[?&]version=\d+/);
  await alive(page);
  return new URL(page.url()).searchParams.get("version") ?? "";
}

test("a rule is loosened in the form, replayed, enabled, and judges the next request", { tag: "@nojs" }, async ({ page, as }) => {
  const maya = await as("Maya Chen");
  const denied = await file(maya, { name: uniqueName("refused"), data_size_gb: "5" });
  const lena = await as("Lena Park");
  await act(lena, denied, "claim");
  await act(lena, denied, "deny", { reason: "This belongs into an existing dataset." });

  await signIn(page, "Priya Nair");
  await open(page, "/admin/policies");
  await page.getByText("Write a new version", { exact: true }).click();
  const form = editor(page);
  // A step of editing keeps what was typed and saves nothing.
  await form.getByLabel("What changes, and why").fill("Staging up to 10 GB needs nobody.");
  await form.getByRole("button", { name: "Add a rule" }).click();
  await alive(page);
  const added = form.getByRole("group").last();
  await expect(form.getByLabel("What changes, and why")).toHaveValue("Staging up to 10 GB needs nobody.");
  await added.getByLabel("What it says, as a sentence").fill("Staging up to 10 GB is approved at once.");
  await added.getByLabel("Effect").selectOption("auto_approve");
  await added.getByLabel(/^Condition 1 of rule \d+, fact$/).selectOption("environment");
  await added.getByLabel(/^Condition 1 of rule \d+, value$/).fill("staging");
  await added.getByRole("button", { name: /Add a condition/ }).click();
  await alive(page);
  await added.getByLabel(/^Condition 2 of rule \d+, fact$/).selectOption("size_gb");
  await added.getByLabel(/^Condition 2 of rule \d+, operator$/).selectOption("at_most");
  await added.getByLabel(/^Condition 2 of rule \d+, value$/).fill("ten");
  await form.getByRole("button", { name: "Save as a new version" }).click();
  await alive(page);
  await expect(added).toContainText("Write a number of GB");
  await added.getByLabel(/^Condition 2 of rule \d+, value$/).fill("10");
  await form.getByRole("button", { name: "Save as a new version" }).click();

  const version = await shownVersion(page);
  await expect(region(page, "What it changes")).toContainText("Staging up to 10 GB is approved at once.");
  const replay = region(page, "Replay and enable");
  await expect(replay.getByRole("button", { name: /^Enable/ })).toHaveCount(0);
  await replay.getByRole("button", { name: /^Replay/ }).click();
  await alive(page);
  await expect(replay).toContainText("that a person denied would now be approved automatically");
  await expect(replay.getByRole("row").filter({ hasText: denied })).toContainText("Denied by a person, now automatic");
  await replay.getByRole("button", { name: `Enable version ${version}` }).click();
  await alive(page);
  await expect(page.getByText(`New requests are judged by version ${version}.`)).toBeVisible();

  const id = await file(maya, { name: uniqueName("at_once"), data_size_gb: "5" });
  await open(maya, `/requests/${id}`);
  expect(await openedRequest(maya)).toBe(id);
  const decision = region(maya, "Decision");
  await expect(decision).toContainText(`version ${version}: Staging up to 10 GB is approved at once.`);
  await expect(decision).toContainText("Here: environment is staging, size 5 GB is at most 10 GB.");
});

test("the form says which rule applies and why another does not", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const name = uniqueName("explained");
  const { intent: _, ...fields } = wholeForm(name, { environment: "dev", data_size_gb: "5" });
  const saved = await post(page, "/requests/new", { ...fields, intent: "save" });
  const draft = saved.headers().location ?? "";
  await open(page, `${draft}/edit`);
  const panel = page.getByRole("complementary", { name: "What this request comes to" });
  await panel.getByText(/^Each rule of version \d+$/).click();
  await expect(panel).toContainText("R1 does not apply: size 5 GB is above 1 GB");
});

test("wrong TOML is said with its line, of two who save the second loses nothing, and an older version comes back", async ({ page, as }) => {
  const rules = (value: string) =>
    `[[rules]]\nid = "R1"\nsays = "Small is approved at once."\neffect = "auto_approve"\nwhen = [\n  { fact = "size_gb", op = "at_most", value = ${value} },\n]\n`;
  const write = async (admin: Page, value: string) => {
    const form = admin.getByRole("form", { name: "Write a new version as TOML" });
    await form.getByLabel("Rules").fill(rules(value));
    await form.getByLabel("What changes, and why").fill(`At most ${value} GB.`);
    await form.getByRole("button", { name: "Save the text as a new version" }).click();
    await alive(admin);
    return form;
  };
  const enable = async (version: string) => {
    await open(page, `/admin/policies?version=${version}`);
    await page.getByRole("button", { name: /^Replay/ }).click();
    await page.getByRole("button", { name: `Enable version ${version}` }).click();
    await expect(page.getByText(`New requests are judged by version ${version}.`)).toBeVisible();
  };
  await signIn(page, "Priya Nair");
  const other = await as("Priya Nair");
  for (const admin of [page, other]) {
    await open(admin, "/admin/policies");
    await admin.getByText("Write a new version as TOML", { exact: true }).click();
  }

  const refused = await write(page, '"ten"');
  await expect(refused.getByRole("alert")).toContainText("Line 6, rule 1 (R1), condition 1, value: Write a number of GB");
  await expect(refused.getByLabel("Rules")).toHaveValue(rules('"ten"'));
  await write(page, "10");
  const first = await shownVersion(page);

  const late = await write(other, "20");
  await expect(late.getByRole("alert")).toContainText(`priya.nair changed this since you opened it: version ${first} was saved.`);
  await expect(late.getByRole("link", { name: `Read version ${first}` })).toBeVisible();
  await expect(late.getByLabel("Rules")).toHaveValue(rules("20"));
  await late.getByRole("button", { name: "Save the text as a new version" }).click();
  const second = await shownVersion(other);
  expect(Number(second)).toBe(Number(first) + 1);

  await enable(second);
  await enable("1");
  await open(page, "/admin/audit?act=policy_enabled");
  await expect(page.getByRole("row").filter({ hasText: `policy v${second}` }).first()).toContainText("priya.nair");
});
