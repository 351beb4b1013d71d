// Filing requests: quickly and as a whole, as drafts and as copies, with everything the form says meanwhile.
import {
  act,
  alive,
  expectStatus,
  type Fields,
  fetched,
  field,
  file,
  listed,
  messageAt,
  open,
  openedRequest,
  PLACEMENT,
  post,
  region,
  scripted,
  statusOf,
  uniqueName,
  wholeForm,
} from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

const submit = (page: Page) => page.getByRole("button", { name: "Submit request" });
const summary = (page: Page) => page.getByRole("group", { name: /another look$/ });
const panel = (page: Page) => page.getByRole("complementary", { name: "What this request comes to" });
/** The message under a field, which a screen reader reads with it. */
const wrong = (page: Page, label: string) => field(page, label).and(page.locator("[aria-invalid=true]"));

/** Fills what a new request has no default for, and what is given, by label. */
async function fill(page: Page, name: string, changes: Fields = {}) {
  const values: Fields = {
    "Dataset name": name,
    Environment: "staging",
    "Use case": `Keeps what the story ${name} needs, for as long as it runs.`,
    "Data size": "12.5",
    "Expected keys": "1500000",
    Reads: "1200",
    ...changes,
  };
  for (const [label, value] of Object.entries(values)) await set(page, label, value);
}

async function set(page: Page, label: string, value: string) {
  const input = field(page, label);
  if (await input.and(page.locator("select")).count()) await input.selectOption(value);
  else await input.fill(value);
}

test.beforeEach(async ({ page }) => {
  await signIn(page, "Maya Chen");
});

test("a quick dev dataset is approved at once, and its page has the metadata", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("scratch");
  await open(page, "/requests/new");
  await page.getByRole("link", { name: "Quick dev dataset" }).click();
  await expect(page).toHaveURL(/\?quick=1$/);
  await expect(field(page, "Data size")).toHaveCount(0);
  await field(page, "Dataset name").fill(name);
  await field(page, "Use case").fill("Tries out a new **ranking** signal before it is built.");
  await expect(field(page, "Team")).toHaveValue("search");
  await submit(page).click();

  const id = await openedRequest(page);
  await expectStatus(page, id, "Approved");
  await expect(region(page, "Decision")).toContainText("Approved automatically under rule R1, version 1.");
  await expect(region(page, "Thread")).toContainText("approved it automatically");
  await page.getByRole("link", { name: /^Open DS-\d+$/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${name}_dev` })).toBeVisible();
  await expect(page).toHaveURL(/\/datasets\/DS-\d+$/);
  const { text, html } = await fetched(page, new URL(page.url()).pathname);
  for (const fact of [
    "Planned",
    "Development",
    "Mutable (reads and writes)",
    "kv-dev",
    "maya.chen",
    "100 MB",
    "100 000 keys",
    "Reads 10 per second",
    "Writes 5 per second",
    "Tier 3: nobody notices for a day",
    `Request ${id}`,
  ]) {
    expect(text).toContain(fact);
  }
  expect(html).toContain("<strong>ranking</strong>");
  expect((await fetched(page, `/catalogue?q=${name}`)).text).toContain(`${name}_dev`);
});

test("a whole request waits for a reviewer, with all that was typed", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("whole");
  await open(page, "/requests/new");
  await fill(page, name, {
    Environment: "prod",
    Criticality: "1",
    "Backup owner": "jonas.weber",
    "Calling services": "web-frontend:read\nprofile-writer:write",
    Growth: "5",
    "Time to live": "7776000",
    "Update schedule": "0 3 * * *",
    Source: "s3://warehouse/profiles/",
    "Backup schedule": "30 2 * * *",
    "Backups to keep": "14",
    "Ticket link": "https://tickets.example.com/KV-7",
    "Cost centre": "CC-4410",
    Tags: "profiles, serving",
  });
  await field(page, "Contains personal data").check();
  await set(page, "Kinds of personal data", "e-mail, location");
  await set(page, "Retention", "30");
  await field(page, "Data is moved from another system").check();
  await set(page, "From system", "redis");
  await set(page, "Locator", "profiles.cache.internal:6379/2");
  await set(page, "Rows, estimated", "118000000");
  await field(page, "Write to both during the move").check();
  await submit(page).click();

  const id = await openedRequest(page);
  await expectStatus(page, id, "New");
  await expect(region(page, "Decision")).toContainText(
    "This needs 2 different approvals and a privacy approval because of rule R2 and rule R4.",
  );
  const { text } = await fetched(page, `/requests/${id}`);
  for (const fact of [
    "Tier 1: a product stops without it",
    "jonas.weber",
    "web-frontend (reads), profile-writer (writes)",
    "12.5 GB",
    "1 500 000 keys",
    "90 d",
    "0 3 * * *",
    "s3://warehouse/profiles/",
    "e-mail, location",
    "30 days",
    "30 2 * * *",
    "14 backups",
    "profiles.cache.internal:6379/2",
    "118 000 000 rows",
    "https://tickets.example.com/KV-7",
    "CC-4410",
    "profiles, serving",
  ]) {
    expect(text).toContain(fact);
  }
  expect(await listed(page, name)).toEqual([id]);
});

test("set and delete traffic is asked only where there are writes", async ({ page }) => {
  await open(page, "/requests/new");
  const writes = ["Writes", "Deletes", "Write latency, p99"];
  await field(page, "Writes").fill("77");
  await field(page, "Storage type").selectOption("READONLY");
  for (const label of writes) await expect(field(page, label)).toBeHidden();
  await expect(field(page, "Reads")).toBeVisible();
  await field(page, "Storage type").selectOption("STREAMING");
  for (const label of writes) await expect(field(page, label)).toBeVisible();
  await expect(field(page, "Writes")).toHaveValue("77");

  for (const [box, labels] of [
    ["Contains personal data", ["Kinds of personal data", "Retention"]],
    ["Back up", ["Backup schedule", "Backups to keep"]],
    ["Data is moved from another system", ["From system", "Locator", "Rows, estimated", "Cut over by"]],
  ] as const) {
    for (const label of labels) await expect(field(page, label)).toBeHidden();
    await field(page, box).check();
    for (const label of labels) await expect(field(page, label)).toBeVisible();
    await field(page, box).uncheck();
    for (const label of labels) await expect(field(page, label)).toBeHidden();
  }
  await field(page, "Criticality").selectOption("0");
  await expect(field(page, "Back up")).toBeHidden();
  await expect(field(page, "Backup schedule")).toBeVisible();
});

test("what does not count for a read-only dataset is not judged and not kept", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("readonly");
  await open(page, "/requests/new");
  if (!scripted()) {
    await expect(page.getByText("Counts unless the storage type is read-only.").first()).toBeVisible();
  }
  await field(page, "Writes").fill("many");
  await fill(page, name, { "Storage type": "READONLY" });
  await submit(page).click();
  const id = await openedRequest(page);
  await expectStatus(page, id, "New");
  const { html } = await fetched(page, `/requests/${id}`);
  const terms = [...html.matchAll(/<dt[^>]*>([^<]*)<\/dt>/g)].map(([, term]) => term);
  expect(terms).toContain("Reads");
  for (const term of ["Writes", "Deletes", "Write latency, p99"]) expect(terms).not.toContain(term);
});

test("a message comes when a field is left, and follows the correction", async ({ page }) => {
  await open(page, "/requests/new");
  const name = field(page, "Dataset name");
  await name.pressSequentially("9Bad");
  await expect(wrong(page, "Dataset name")).toHaveCount(0);
  await name.blur();
  await expect(wrong(page, "Dataset name")).toHaveAccessibleDescription(/Start with a lower-case letter/);
  await name.fill("bad-name");
  await expect(name).toHaveAccessibleDescription(/“-” cannot be in a name/);
  await name.fill("catalogue");
  await expect(name).toHaveAccessibleDescription(/“catalogue” is reserved/);
  await name.fill("good_name");
  await expect(wrong(page, "Dataset name")).toHaveCount(0);
  await expect(name).toHaveAccessibleDescription(/Full name: good_name_dev/);

  const size = field(page, "Data size");
  await size.fill("0");
  await size.blur();
  await expect(size).toHaveAccessibleDescription(/more than 0 and at most 100 000/);
  await size.fill("0.5");
  await expect(wrong(page, "Data size")).toHaveCount(0);

  const schedule = field(page, "Update schedule");
  await schedule.fill("0 3 * * *");
  await expect(schedule).toHaveAccessibleDescription(/Next runs, in UTC: \d{4}-\d\d-\d\d 03:00, .* 03:00, .* 03:00/);
});

test("a name that is taken is told while typing, and free elsewhere", async ({ page }) => {
  const name = uniqueName("taken");
  const id = await file(page, { name });
  await open(page, "/requests/new");
  await field(page, "Environment").selectOption("staging");
  await field(page, "Dataset name").pressSequentially(name);
  await expect(panel(page).getByRole("status")).toHaveText(`Taken by ${id}`);
  await expect(panel(page).getByRole("link", { name: id })).toHaveAttribute("href", `/requests/${id}`);
  await expect(wrong(page, "Dataset name")).toHaveAccessibleDescription(
    new RegExp(`${name}_staging is taken by ${id}; choose another name\\.`),
  );
  await field(page, "Environment").selectOption("dev");
  await expect(panel(page).getByRole("status")).toHaveText("Free");
  await expect(wrong(page, "Dataset name")).toHaveCount(0);
  await expect(panel(page)).toContainText(`${name}_dev`);
});

test("the panel says which rule applies and which clusters fit, while typing", async ({ page }) => {
  await open(page, "/requests/new");
  await expect(panel(page)).toContainText("fields are still to fill in");
  await fill(page, uniqueName("panel"), { Environment: "dev", "Data size": "1", Reads: "40" });
  await expect(panel(page)).toContainText("This will be approved automatically under rule R1.");
  await expect(panel(page).getByRole("listitem").filter({ hasText: "fits: " })).toHaveText("fits: kv-dev");
  await expect(panel(page)).toContainText("kv-staging: It does not serve development.");

  await field(page, "Data size").fill("1.1");
  await expect(panel(page)).toContainText("This needs one approval.");
  await field(page, "Reads").fill("600");
  await field(page, "Peak factor").fill("4");
  await expect(panel(page)).toContainText("2 400");

  await field(page, "Environment").selectOption("prod");
  await field(page, "Data size").fill("1000.5");
  await expect(panel(page)).toContainText("This needs 2 different approvals because of rule R3.");
  await expect(panel(page)).toContainText("kv-dev: It does not serve production.");
  await expect(panel(page)).toContainText("kv-readonly-alpha: It does not take MUTABLE datasets.");
  await field(page, "Region wish").fill("eu-central-1");
  await expect(panel(page)).toContainText("It is in us-east-1; the wish is eu-central-1.");
  await field(page, "Contains personal data").check();
  await field(page, "Kinds of personal data").fill("e-mail");
  await field(page, "Retention").fill("30");
  await expect(panel(page)).toContainText("and a privacy approval because of rule R3 and rule R4.");
});

test("a refused form says what is wrong, on one spot, and keeps what was typed", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("refused");
  await open(page, "/requests/new");
  await fill(page, name, { "Data size": "-4", "Expected keys": "many", "Ticket link": "KV-7", Priority: "urgent" });
  await field(page, "Contains personal data").check();
  const answered = scripted() ? null : page.waitForResponse((answer) => answer.request().method() === "POST");
  await submit(page).click();
  if (answered) expect((await answered).status()).toBe(422);
  await expect(summary(page)).toBeVisible();
  await expect(summary(page)).toBeFocused();
  await expect(page).toHaveURL(/\/requests\/new$/);
  const labels = ["Data size", "Expected keys", "Kinds of personal data", "Retention", "Justification", "Ticket link"];
  await expect(summary(page).getByRole("heading")).toHaveText(`${labels.length} fields need another look`);
  await expect(summary(page).getByRole("link")).toHaveText(labels);
  for (const label of labels) await expect(wrong(page, label)).toBeVisible();
  await expect(field(page, "Justification")).toHaveAccessibleDescription(/at least 20 characters why it is urgent/);
  for (const [label, value] of [
    ["Dataset name", name],
    ["Environment", "staging"],
    ["Data size", "-4"],
    ["Expected keys", "many"],
    ["Reads", "1200"],
    ["Ticket link", "KV-7"],
    ["Priority", "urgent"],
  ] as const) {
    await expect(field(page, label)).toHaveValue(value);
  }
  await expect(field(page, "Contains personal data")).toBeChecked();

  await summary(page).getByRole("link", { name: "Data size" }).click();
  await expect(field(page, "Data size")).toBeInViewport();
  if (scripted()) await expect(field(page, "Data size")).toBeFocused();
  expect(await listed(page, name)).toEqual([]);

  await fill(page, name, {
    "Ticket link": "https://tickets.example.com/KV-7",
    "Kinds of personal data": "e-mail",
    Retention: "30",
    Justification: "The old store is switched off on Friday.",
  });
  await submit(page).click();
  const id = await openedRequest(page);
  expect((await fetched(page, `/requests/${id}`)).text).toContain("The old store is switched off on Friday.");
});

test("a draft is kept, gone on with, and submitted", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("draft");
  await open(page, "/requests/new");
  await field(page, "Dataset name").fill(name);
  await field(page, "Tags").fill("half, done");
  await page.getByRole("button", { name: "Save draft" }).click();
  const id = await openedRequest(page);
  await expectStatus(page, id, "Draft");
  await page.getByRole("link", { name: "Continue editing" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Draft ${id}` })).toBeVisible();
  await expect(field(page, "Dataset name")).toHaveValue(name);
  await expect(field(page, "Tags")).toHaveValue("half, done");
  await fill(page, name);
  await submit(page).click();
  await openedRequest(page);
  await expectStatus(page, id, "New");
  await expect(region(page, "Thread").getByRole("listitem")).toHaveText([/saved the draft/, /submitted the request/]);
  expect((await fetched(page, `/requests/${id}`)).text).toContain("half, done");
});

test("an open draft saves itself, and never over what was changed elsewhere", async ({ page, as }) => {
  const name = uniqueName("autosave");
  const answer = await post(page, "/requests/new", { intent: "save", name, team: "search" });
  const path = `${answer.headers().location}/edit`;
  await open(page, path);
  await field(page, "Cost centre").fill("CC-1");
  await expect(page.getByText(/^Saved \d\d:\d\d$/)).toBeVisible();
  expect((await fetched(page, path)).html).toContain('value="CC-1"');

  // The same person at another machine: a draft is changed by its requester alone.
  const laptop = await as("Maya Chen");
  await open(laptop, path);
  await field(laptop, "Cost centre").fill("CC-2");
  await laptop.getByRole("button", { name: "Save draft" }).click();
  await openedRequest(laptop);
  await field(page, "Tags").fill("mine");
  await expect(page.getByRole("alert")).toContainText("maya.chen changed this since you opened it: Cost centre");
  await expect(field(page, "Tags")).toHaveValue("mine");
  expect((await fetched(page, path)).html).toContain('value="CC-2"');
  await page.getByRole("button", { name: "Keep mine and replace theirs" }).click();
  await expect(page.getByText(/^Saved \d\d:\d\d$/)).toBeVisible();
  const kept = (await fetched(page, path)).html;
  expect(kept).toContain('value="CC-1"');
  expect(kept).toContain('value="mine"');
});

test("an edit of a submitted request voids votes and returns it to New", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("edited"), criticality: "0", backup_owner: "jonas.weber", backup_schedule: "30 2 * * *", backup_keep: "7" });
  const omar = await as("Omar Haddad");
  await act(omar, id, "claim");
  await act(omar, id, "approve", PLACEMENT);
  await open(page, `/requests/${id}`);
  await expect(statusOf(page)).toContainText("In review");
  await expect(region(page, "Decision").getByRole("listitem").filter({ hasText: "omar.haddad" })).toContainText("approved");

  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect(page.getByText("voids the votes given so far")).toBeVisible();
  await field(page, "Data size").fill("14");
  await page.getByRole("button", { name: "Save changes" }).click();
  await openedRequest(page);
  await expectStatus(page, id, "New");
  await expect(region(page, "Decision")).not.toContainText("omar.haddad");
  const row = region(page, "What changed").getByRole("row", { name: "Data size" });
  await expect(row.getByRole("cell")).toHaveText(["12.5", "14"]);
  const late = await post(omar, `/requests/${id}`, { action: "claim", revision: "1" });
  expect(late.status()).toBe(412);
  expect((await fetched(page, `/requests/${id}`)).text).toContain("edited it");
});

test("a copy starts from the same values, with a name of its own", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("original");
  const id = await file(page, { name, tags: "copied", storage_type: "STREAMING" });
  await open(page, `/requests/${id}`);
  await page.getByRole("link", { name: "Clone", exact: true }).click();
  await expect(page.getByText(`A copy of ${id}.`)).toBeVisible();
  await expect(field(page, "Dataset name")).toHaveValue("");
  await expect(field(page, "Storage type")).toHaveValue("STREAMING");
  await expect(field(page, "Tags")).toHaveValue("copied");
  await field(page, "Dataset name").fill(uniqueName("copy"));
  await submit(page).click();
  await page.waitForURL((url) => /REQ-\d+$/.test(url.pathname) && !url.pathname.endsWith(id));
  await alive(page);
  const copy = await openedRequest(page);
  await expectStatus(page, copy, "New");
  expect((await fetched(page, `/requests/${copy}`)).text).toContain("Streaming (ingested)");
  expect((await fetched(page, `/requests/${id}`)).text).toContain(`${name}_staging`);
});

test("a double click files once", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("twice");
  await open(page, "/requests/new");
  await fill(page, name);
  await submit(page).dblclick();
  const id = await openedRequest(page);
  await expectStatus(page, id, "New");
  expect(await listed(page, name)).toEqual([id]);

  // A draft reserves no name, so nothing but the form's token keeps a second one away.
  const drafted = uniqueName("twice");
  await open(page, "/requests/new");
  await field(page, "Dataset name").fill(drafted);
  await page.getByRole("button", { name: "Save draft" }).dblclick();
  const draft = await openedRequest(page);
  expect(await listed(page, drafted, "&status=draft")).toEqual([draft]);
});

test("the same form posted many times at once files once", async ({ page }) => {
  const name = uniqueName("burst");
  const form = wholeForm(name, { token: `token-${name}` });
  const answers = await Promise.all(Array.from({ length: 6 }, () => post(page, "/requests/new", form)));
  expect(answers.map((answer) => answer.status())).toEqual(Array(6).fill(303));
  expect(new Set(answers.map((answer) => answer.headers().location)).size).toBe(1);
  expect(await listed(page, name)).toHaveLength(1);
});

test("of two who take a name at once, the second is told at the field", async ({ page, as }) => {
  const jonas = await as("Jonas Weber");
  const name = uniqueName("race");
  const answers = await Promise.all([page, jonas].map((one) => post(one, "/requests/new", wholeForm(name))));
  expect(answers.map((answer) => answer.status()).sort()).toEqual([303, 422]);
  const refused = answers.find((answer) => answer.status() === 422);
  expect(await refused?.text()).toMatch(/is taken by REQ-\d+; choose another name|was taken a moment ago/);
  expect(await listed(page, name)).toHaveLength(1);
});

/** What a hand-made post may hold and what is just outside, with what is said at the field. */
const BOUNDS: { field: string; good: string[]; bad: string[]; says: RegExp; with?: Fields }[] = [
  { field: "name", good: [], bad: ["ab", "a".repeat(64), "9ab", "Abc", "a-b", "admin", "x_dev", ""], says: /Use 3 to 63|Start with a lower-case|Use only a to z|is reserved|Leave out|Enter a name/ },
  { field: "environment", good: ["dev", "prod"], bad: ["", "moon"], says: /Fill this in|Choose one of: dev, staging, prod/ },
  { field: "description", good: ["d".repeat(20), "d".repeat(4000)], bad: ["", "d".repeat(19), "d".repeat(4001)], says: /Fill this in|Write at least 20|Use at most 4 000/ },
  { field: "team", good: ["search"], bad: ["", "no-such-team", "ads"], says: /Fill this in|There is no team|You are not in Ads/ },
  { field: "owner", good: ["jonas.weber"], bad: ["", "nobody.here", "sofia.rossi", "x y"], says: /Fill this in|There is nobody called|Use a handle/ },
  { field: "criticality", good: ["2", "3"], bad: ["", "4", "-1", "01"], says: /Choose a tier from 0 to 3/ },
  { field: "backup_owner", good: ["amara.okafor"], bad: ["", "maya.chen"], says: /tiers 0 and 1 need one|other than the owner/, with: { criticality: "1", backup_schedule: "0 1 * * *", backup_keep: "3" } },
  { field: "services", good: [Array.from({ length: 50 }, (_, n) => `s${n}:read`).join("\n")], bad: [Array.from({ length: 51 }, (_, n) => `s${n}:read`).join("\n"), "api:own", "a:read\na:read"], says: /at most 50 services|Say api:read or api:write|is there twice/ },
  { field: "data_size_gb", good: ["0.000000001", "100000", "1,000.5"], bad: ["0", "-1", "100000.1", "1e3", "", "1,5"], says: /Enter a number of GB/ },
  { field: "growth_percent", good: ["0", "1000"], bad: ["-1", "1001", "1.5"], says: /from 0 to 1 000/ },
  { field: "expected_keys", good: ["1", "1000000000000"], bad: ["0", "1000000000001", "x"], says: /from 1 to 1 000 000 000 000/ },
  { field: "key_bytes_max", good: ["1024"], bad: ["0", "1025"], says: /from 1 to 1 024/ },
  { field: "key_bytes_mean", good: ["1", "64"], bad: ["0", "65"], says: /from 1 to 1 024|cannot be more than the largest/ },
  { field: "value_bytes_max", good: ["26214400"], bad: ["0", "26214401"], says: /from 1 to 26 214 400/ },
  { field: "json_schema", good: ['{"type":"object"}'], bad: ["{", "[1]"], says: /This is not JSON|A JSON Schema is an object/ },
  { field: "qps_get", good: ["0", "10000000"], bad: ["-1", "10000001", ""], says: /from 0 to 10 000 000/ },
  { field: "qps_set", good: ["0", "10000000"], bad: ["-1", "10000001", ""], says: /from 0 to 10 000 000/ },
  { field: "peak_factor", good: ["1", "20"], bad: ["0.9", "20.1", "1.25"], says: /from 1 to 20/ },
  { field: "p99_read_ms", good: ["1", "60000"], bad: ["0", "60001"], says: /from 1 to 60 000/ },
  { field: "ttl_seconds", good: ["1", "315360000", ""], bad: ["0", "315360001"], says: /from 1 to 315 360 000/ },
  { field: "versions_to_keep", good: ["1", "30"], bad: ["0", "31"], says: /from 1 to 30/ },
  { field: "update_schedule", good: ["*/5 * * * *"], bad: ["every day", "61 * * * *", "* * * *"], says: /./ },
  { field: "source_uri", good: ["s3://bucket/path/"], bad: ["s3://user:secret@bucket/", "https://x/?token=abc", "s".repeat(501)], says: /Leave out passwords|Use at most 500/ },
  { field: "retention_days", good: ["1", "3650"], bad: ["0", "3651"], says: /from 1 to 3 650/, with: { personal_data: "on", personal_data_kinds: "e-mail" } },
  { field: "backup_keep", good: ["1", "365"], bad: ["0", "366"], says: /from 1 to 365/, with: { backup_enabled: "on", backup_schedule: "0 1 * * *" } },
  { field: "migration_rows", good: ["1", "1000000000000"], bad: ["0", "1000000000001"], says: /from 1 to 1 000 000 000 000/, with: { migration: "on", migration_system: "redis", migration_locator: "cache:6379" } },
  { field: "needed_by", good: [""], bad: ["2001-01-01", "2999-01-01", "tomorrow"], says: /has passed|next ten years|YYYY-MM-DD/ },
  { field: "justification", good: ["j".repeat(20), "j".repeat(2000)], bad: ["j".repeat(19), "j".repeat(2001)], says: /at least 20 characters|Use at most 2 000/, with: { priority: "urgent" } },
  { field: "ticket_link", good: ["https://t.example/1"], bad: ["javascript:alert(1)", "https://", "t.example"], says: /https:\/\/ or http:\/\// },
  { field: "tags", good: [Array.from({ length: 20 }, (_, n) => `t${n}`).join(",")], bad: [Array.from({ length: 21 }, (_, n) => `t${n}`).join(","), "t".repeat(41)], says: /Name at most 20|at most 40 characters/ },
];

test("every bound holds for a hand-made post: 422, the message at the field, nothing filed", async ({ page }) => {
  for (const bound of BOUNDS) {
    for (const bad of bound.bad) {
      const name = uniqueName("bound");
      const what = `${bound.field} = ${bad.slice(0, 40)} (${bad.length})`;
      const answer = await post(page, "/requests/new", { ...wholeForm(name), ...bound.with, [bound.field]: bad });
      expect(answer.status(), what).toBe(422);
      expect(await messageAt(answer, `field-${bound.field}`), what).toMatch(bound.says);
    }
  }
  expect(await listed(page, "bound")).toEqual([]);
});

test("the last value inside of every bound is taken", async ({ page }) => {
  const most = Math.max(...BOUNDS.map((bound) => bound.good.length));
  for (let nth = 0; nth < most; nth++) {
    const edges: Fields = {};
    for (const bound of BOUNDS) {
      const good = bound.good[nth];
      if (good !== undefined) Object.assign(edges, bound.with, { [bound.field]: good });
    }
    // The mean of one edge may not be above the largest of another.
    if (edges.value_bytes_max) edges.value_bytes_mean = "0";
    const id = await file(page, { ...edges, name: uniqueName("edge") });
    expect((await fetched(page, `/requests/${id}`)).status).toBe(200);
  }
  for (const name of [`e${uniqueName("x").replace(/\W/g, "")}`.padEnd(63, "z")]) await file(page, { name });
});
