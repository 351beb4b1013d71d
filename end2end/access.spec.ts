// Who sees what and who does what: the page offers nothing that the server refuses, and the server refuses the rest.
import { fetched, file, listed, open, post, region, statusOf, tryAct, uniqueName } from "./acts";
import { expect, signIn, test } from "./fixtures";

const SECRET = "The salaries of the night shift, for the payroll only.";

test("an auditor reads everything and is offered nothing", { tag: "@nojs" }, async ({ page, as }) => {
  const maya = await as("Maya Chen");
  const name = uniqueName("audited");
  const id = await file(maya, { name, description: SECRET, data_class: "confidential" });
  const saved = await post(maya, "/requests/new", { intent: "save", name: uniqueName("audited"), team: "search" });
  const draft = saved.headers().location ?? "";

  await signIn(page, "Sofia Rossi");
  await open(page, `/requests/${id}`);
  await expect(statusOf(page)).toContainText("New");
  await expect(page.getByText(SECRET)).toBeVisible();
  await expect(region(page, "Thread")).toContainText("submitted the request");
  await expect(region(page, "Actions")).toBeHidden();
  // To watch changes nothing but what one is told.
  await expect(page.getByRole("main").getByRole("button").filter({ hasNotText: "Watch" })).toHaveCount(0);
  for (const link of ["Edit", "Clone", "New request"]) {
    await expect(page.getByRole("link", { name: link, exact: true })).toHaveCount(0);
  }
  await open(page, "/queue");
  for (const act of ["Claim", "Approve", "Deny"]) {
    await expect(page.getByRole("main").getByRole("button", { name: act, exact: true })).toHaveCount(0);
  }

  expect((await fetched(page, draft)).status).toBe(200);
  const form = await page.goto("/requests/new");
  expect(form?.status()).toBe(403);
  await expect(page.getByText("Auditors read everything and file nothing.")).toBeVisible();
  for (const action of ["claim", "deny", "comment", "withdraw"]) {
    const answer = await tryAct(page, id, action, { reason: "Because I can, or so I thought.", comment: "Hello." });
    expect([action, answer.status()]).toEqual([action, 403]);
    expect(await answer.text()).toContain("Auditors read everything and change nothing.");
  }
  const filed = await post(page, "/requests/new", { intent: "save", name: uniqueName("audited") });
  expect(filed.status()).toBe(403);
  const after = await fetched(maya, `/requests/${id}`);
  expect(after.text).toContain("now: New");
  expect(after.text).not.toContain("sofia.rossi");
});

test("a draft is for its own team and for those who run the platform", { tag: "@nojs" }, async ({ page, as }) => {
  const maya = await as("Maya Chen");
  const name = uniqueName("private");
  const saved = await post(maya, "/requests/new", { intent: "save", name, team: "search", description: SECRET });
  const path = saved.headers().location ?? "";

  await signIn(page, "Amara Okafor");
  const answer = await page.goto(path);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1, name: "Not found" })).toBeVisible();
  await expect(page.getByText(name)).toHaveCount(0);
  for (const hidden of [path, `${path}/edit`, `/requests/new?clone=${path.replace("/requests/", "")}`]) {
    const { status, raw } = await fetched(page, hidden);
    expect([hidden, status]).toEqual([hidden, 404]);
    expect(raw).not.toContain(name);
    expect(raw).not.toContain(SECRET);
  }
  for (const filter of ["", "&status=draft", "&scope=team&status=draft"]) {
    expect(await listed(page, name, filter)).toEqual([]);
  }
  // What does not exist and what is not for one's eyes cannot be told apart.
  const without = (html: string) => html.replace(/REQ-\d+|nonce="[^"]*"/g, "").length;
  const none = await fetched(page, "/requests/REQ-999999");
  expect(none.status).toBe(404);
  expect(without(none.html)).toBe(without((await fetched(page, path)).html));
  for (const action of ["withdraw", "comment", "claim"]) {
    const refused = await post(page, path, { action, revision: "1", comment: "Hello there." });
    expect([action, refused.status()]).toEqual([action, 404]);
    expect(await refused.text()).not.toContain(name);
  }

  const jonas = await as("Jonas Weber");
  expect((await fetched(jonas, path)).text).toContain(name);
  const edit = await fetched(jonas, `${path}/edit`);
  expect(edit.status).toBe(403);
  expect(edit.text).toContain("Only the requester can change and submit a draft");
  for (const intent of ["save", "submit"]) {
    const refused = await post(jonas, `${path}/edit`, { intent, name: "taken_over", revision: "1", token: "x" });
    expect([intent, refused.status()]).toEqual([intent, 403]);
  }
  const lena = await as("Lena Park");
  expect((await fetched(lena, path)).text).toContain(name);
});

test("what is guarded stays within its team", { tag: "@nojs" }, async ({ page, as }) => {
  const maya = await as("Maya Chen");
  const name = uniqueName("guarded");
  const source = "s3://payroll-bucket/nights/";
  const locator = "payroll.internal:5432/nights";
  const justification = "Payroll closes on the last working day.";
  const comment = "The figures of March are wrong.";
  const id = await file(maya, {
    name,
    description: SECRET,
    data_class: "confidential",
    source_uri: source,
    justification,
    migration: "on",
    migration_system: "postgres",
    migration_locator: locator,
    migration_rows: "1000",
  });
  expect((await tryAct(maya, id, "comment", { comment })).status()).toBe(303);

  await signIn(page, "Amara Okafor");
  await open(page, `/requests/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: `${name}_staging` })).toBeVisible();
  await expect(page.getByText("The data class of this request is guarded.")).toBeVisible();
  await expect(page.getByText("12.5 GB")).toBeVisible();
  await expect(region(page, "Thread")).toContainText("The thread is for the team that owns the request");
  await expect(page.getByRole("textbox", { name: "Add a comment" })).toHaveCount(0);
  const pages = [`/requests/${id}`, `/queue?q=${name}`, "/"];
  for (const path of pages) {
    const { status, raw } = await fetched(page, path);
    expect(status).toBe(200);
    for (const hidden of [SECRET, source, locator, justification, comment]) expect(raw, path).not.toContain(hidden);
  }
  expect(await listed(page, name)).toEqual([id]);
  // Words of the hidden text find nothing, so that a search does not give them away.
  expect(await listed(page, `${name} payroll`)).toEqual([]);
  expect((await fetched(page, `/requests/new?clone=${id}`)).status).toBe(403);
  const said = await tryAct(page, id, "comment", { comment: "May I read this?" });
  expect(said.status()).toBe(403);
  expect(await said.text()).not.toContain(SECRET);

  for (const insider of ["Jonas Weber", "Omar Haddad", "Sofia Rossi"]) {
    const { text } = await fetched(await as(insider), `/requests/${id}`);
    for (const shown of [SECRET, source, locator, justification, comment]) expect(text, insider).toContain(shown);
  }
});

test("an engineer decides nothing", { tag: "@nojs" }, async ({ page, as }) => {
  const maya = await as("Maya Chen");
  const id = await file(maya, { name: uniqueName("undecided") });
  await signIn(page, "Amara Okafor");
  await open(page, `/requests/${id}`);
  await expect(region(page, "Actions")).toBeHidden();
  await expect(page.getByRole("link", { name: "Edit", exact: true })).toHaveCount(0);
  const inputs = { reason: "I would rather not have this.", cluster: "kv-staging", partitions: "8", reviewer: "omar.haddad", question: "Why?" };
  for (const action of ["claim", "assign", "ask", "approve", "deny", "amend", "unclaim"]) {
    const answer = await tryAct(page, id, action, inputs);
    expect([action, answer.status()]).toEqual([action, 403]);
    expect(await answer.text()).toContain("Only reviewers can do this.");
  }
  for (const action of ["withdraw", "reopen"]) {
    const answer = await tryAct(page, id, action, inputs);
    expect([action, answer.status()]).toEqual([action, 403]);
  }
  expect((await fetched(page, `/requests/${id}/edit`)).status).toBe(403);
  // Nor for a system's step, whoever asks.
  for (const action of ["auto_approve", "start", "finish", "time_out", "nonsense"]) {
    const answer = await tryAct(maya, id, action, inputs);
    expect([action, answer.status()]).toEqual([action, 422]);
  }
  const after = await fetched(page, `/requests/${id}`);
  expect(after.text).toContain("now: New");
  expect(after.text).not.toContain("amara.okafor");
});

test("a reviewer does not decide on a request of their own", { tag: "@nojs" }, async ({ page }) => {
  await signIn(page, "Omar Haddad");
  const id = await file(page, { name: uniqueName("own"), team: "kv-systems", owner: "omar.haddad" });
  await open(page, `/requests/${id}`);
  await expect(statusOf(page)).toContainText("New");
  for (const name of ["Claim for review", "Approve", "Deny the request"]) {
    await expect(page.getByRole("button", { name, exact: true })).toHaveCount(0);
  }
  await expect(page.getByText("Withdraw", { exact: true })).toBeVisible();
  for (const action of ["claim", "approve", "deny"]) {
    const answer = await tryAct(page, id, action, {
      reason: "Nobody else should have it.",
      cluster: "kv-staging",
      partitions: "8",
    });
    expect([action, answer.status()]).toEqual([action, 403]);
  }
  expect((await fetched(page, `/requests/${id}`)).text).toContain("now: New");
});

test("a form of another site changes nothing", async ({ page }) => {
  await signIn(page, "Maya Chen");
  const id = await file(page, { name: uniqueName("forged") });
  const forged: Record<string, string>[] = [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }];
  for (const headers of forged) {
    const answer = await page.request.post(`/requests/${id}`, {
      form: { action: "withdraw", revision: "1" },
      headers,
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(403);
  }
  expect((await fetched(page, `/requests/${id}`)).text).toContain("now: New");
});
