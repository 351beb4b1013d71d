// Reviewing, in two browsers: what one person does, the other sees, with scripts within a moment and without them on the
// next look. Each story ends with a page fetched anew.
import {
  act,
  catchUp,
  expectStatus,
  type Fields,
  fetched,
  field,
  file,
  messageAt,
  open,
  openedRequest,
  PLACEMENT,
  post,
  region,
  revisionOf,
  said,
  scripted,
  statusOf,
  tryAct,
  uniqueName,
} from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

const TIER_0: Fields = { criticality: "0", backup_owner: "jonas.weber", backup_schedule: "30 2 * * *", backup_keep: "7" };
const PERSONAL: Fields = { personal_data: "on", personal_data_kinds: "e-mail", retention_days: "30" };

const button = (page: Page, name: string) => page.getByRole("main").getByRole("button", { name, exact: true });
const thread = (page: Page) => region(page, "Thread").getByRole("listitem");
/** Expects the thread to tell exactly this, in this order. */
const expectThread = (page: Page, ...entries: RegExp[]) => expect(thread(page)).toHaveText(entries, { useInnerText: true });
const question = (page: Page) => region(page, "A question is open");

/** The form that a button sends, open where it stood behind a click. */
async function formOf(page: Page, send: string, behind?: string) {
  const form = region(page, "Actions").locator("form").filter({ has: page.getByRole("button", { name: send, exact: true }) });
  if (behind && !(await form.isVisible())) await region(page, "Actions").getByText(behind, { exact: true }).click();
  await expect(form).toBeVisible();
  return form;
}

/** Approves with the mouse, where it is wished. */
async function approve(page: Page, cluster: string, partitions: string) {
  const form = await formOf(page, "Approve");
  await form.getByRole("combobox", { name: "Cluster" }).selectOption(cluster);
  await form.getByRole("textbox", { name: "Partitions" }).fill(partitions);
  await button(page, "Approve").click();
}

/** Opens a request's page in each browser. */
async function openAll(id: string, ...pages: Page[]) {
  for (const page of pages) await open(page, `/requests/${id}`);
}

/** Expects another browser, whose page was open all the time, to show the status. */
async function sees(page: Page, status: string) {
  await catchUp(page);
  await expect(statusOf(page)).toContainText(status);
}

test.beforeEach(async ({ page }) => {
  await signIn(page, "Maya Chen");
});

test("claimed, asked, answered with a change, approved", { tag: "@nojs" }, async ({ page, as }) => {
  const name = uniqueName("story");
  const id = await file(page, { name });
  const omar = await as("Omar Haddad");
  await openAll(id, page, omar);

  await button(omar, "Claim for review").click();
  await expect(statusOf(omar)).toContainText("In review");
  await sees(page, "In review");
  await expect(page.getByRole("definition").filter({ hasText: "omar.haddad" }).first()).toBeVisible();

  const ask = await formOf(omar, "Send the question", "Ask a question");
  await ask.getByRole("textbox", { name: "Question" }).fill("Is this the size of *one* region?");
  await ask.getByText("Fields that it is about", { exact: true }).click();
  await ask.getByRole("checkbox", { name: "Data size" }).check();
  await button(omar, "Send the question").click();
  await expect(statusOf(omar)).toContainText("Needs info");
  await sees(page, "Needs info");
  await expect(question(page)).toContainText("Is this the size of one region?");
  await expect(question(page)).toContainText("It is about: Data size.");

  await question(page).getByRole("textbox", { name: "Your reply" }).fill("No, of **both**. I have put in the sum.");
  await expect(field(question(page), "Data size")).toHaveValue("12.5");
  await field(question(page), "Data size").fill("25");
  await button(page, "Send the reply").click();
  await expect(statusOf(page)).toContainText("In review");
  await sees(omar, "In review");
  await expect(question(omar)).toHaveCount(0);
  await expect(region(omar, "What changed").getByRole("row", { name: "Data size" }).getByRole("cell")).toHaveText(["12.5", "25"]);

  await approve(omar, "kv-mutable-small", "12");
  await expect(statusOf(omar)).toContainText("Approved");
  await sees(page, "Approved");
  const story = [
    /maya\.chen\s+submitted the request/,
    /omar\.haddad\s+claimed it/,
    /omar\.haddad\s+asked a question[^]*Is this the size of one region\?/,
    /maya\.chen\s+replied[^]*No, of both\. I have put in the sum\./,
    /omar\.haddad\s+approved it[^]*kv-mutable-small, 12 partitions/,
  ];
  for (const one of [page, omar]) await expectThread(one, ...story);
  await expect(region(page, "Decision")).toContainText("Placement: kv-mutable-small, 12 partitions");

  await page.getByRole("link", { name: /^Open DS-\d+$/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${name}_staging` })).toBeVisible();
  const { text } = await fetched(page, new URL(page.url()).pathname);
  for (const fact of ["25 GB", "Partitions 12", "Cluster kv-mutable-small", `Request ${id}`]) expect(text).toContain(fact);
});

test("a reply whose change is wrong keeps the words and says what is wrong", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("reply") });
  const omar = await as("Omar Haddad");
  await act(omar, id, "claim");
  await act(omar, id, "ask", { question: "How many keys?", fields: "expected_keys" });
  await open(page, `/requests/${id}`);
  await question(page).getByRole("textbox", { name: "Your reply" }).fill("A lot more.");
  await field(question(page), "Expected keys").fill("a lot");
  await button(page, "Send the reply").click();
  await expect(field(question(page), "Expected keys")).toHaveAccessibleDescription(/Enter a whole number from 1 to/);
  await expect(field(question(page), "Expected keys")).toHaveValue("a lot");
  await expect(question(page).getByRole("textbox", { name: "Your reply" })).toHaveValue("A lot more.");
  await expect(statusOf(page)).toContainText("Needs info");
  expect((await fetched(page, `/requests/${id}`)).text).not.toContain("A lot more.");

  await field(question(page), "Expected keys").fill("90000000");
  await button(page, "Send the reply").click();
  await expectStatus(page, id, "In review");
  const { text } = await fetched(page, `/requests/${id}`);
  expect(text).toContain("A lot more.");
  expect(text).toContain("90 000 000 keys");
});

test("a denial needs a reason of ten characters, which the requester reads", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("denied") });
  const omar = await as("Omar Haddad");
  await openAll(id, page, omar);
  const deny = await formOf(omar, "Deny the request", "Deny");
  const reason = deny.getByRole("textbox", { name: "Reason" });
  await reason.fill("Too large");
  await button(omar, "Deny the request").click();
  await expect(reason).toHaveAccessibleDescription(/Write at least 10 characters\./);
  await expect(reason).toHaveValue("Too large");
  await expect(statusOf(omar)).toContainText("New");
  expect((await tryAct(omar, id, "deny", { reason: "Too large" })).status()).toBe(422);

  await reason.fill("Too large: use the shared dataset instead.");
  await button(omar, "Deny the request").click();
  await expect(statusOf(omar)).toContainText("Denied");
  await sees(page, "Denied");
  await expect(region(page, "Decision")).toContainText("Denied: Too large: use the shared dataset instead.");
  await expect(thread(page).last()).toHaveText(/omar\.haddad\s+denied it/, { useInnerText: true });
  await expectStatus(page, id, "Denied");
});

test("a denied request is reopened with its history", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("again") });
  const omar = await as("Omar Haddad");
  await act(omar, id, "deny", { reason: "Not before the next quarter." });
  await openAll(id, page, omar);
  await button(page, "Reopen").click();
  await expect(statusOf(page)).toContainText("New");
  await sees(omar, "New");
  await expectThread(omar, /submitted/, /denied it[^]*Not before the next quarter\./, /maya\.chen\s+reopened it/);
  await expect(button(omar, "Claim for review")).toBeVisible();
  await expectStatus(page, id, "New");
});

test("withdrawing releases the name", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("released");
  const id = await file(page, { name });
  await open(page, `/requests/${id}`);
  const form = await formOf(page, "Withdraw the request", "Withdraw");
  await form.getByRole("textbox", { name: "Reason, if you like" }).fill("Found one that will do.");
  await button(page, "Withdraw the request").click();
  await expectStatus(page, id, "Cancelled");
  await expect(region(page, "Decision")).toContainText("Withdrawn: Found one that will do.");
  expect((await fetched(page, `/requests/${await file(page, { name })}`)).text).toContain("now: New");
});

test("a refused reopening says who has the name", { tag: "@nojs" }, async ({ page }) => {
  const name = uniqueName("heir");
  const id = await file(page, { name });
  await act(page, id, "withdraw");
  const heir = await file(page, { name });
  await open(page, `/requests/${id}`);
  await button(page, "Reopen").click();
  await expect(page.getByRole("main")).toContainText(`“${name}_staging” is taken by ${heir}; choose another name.`);
  expect((await tryAct(page, id, "reopen")).status()).toBe(422);
  expect((await fetched(page, `/requests/${id}`)).text).toContain("now: Cancelled");
});

test("a request is assigned, released and taken over", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("assigned") });
  const lena = await as("Lena Park");
  const omar = await as("Omar Haddad");
  await openAll(id, lena, omar);
  const assign = await formOf(lena, "Assign", "Assign a reviewer");
  await button(lena, "Assign").click();
  await expect(assign.getByRole("combobox", { name: "Reviewer" })).toHaveAccessibleDescription(/Choose a reviewer\./);
  await assign.getByRole("combobox", { name: "Reviewer" }).selectOption("omar.haddad");
  await button(lena, "Assign").click();
  await expect(statusOf(lena)).toContainText("In review");
  await sees(omar, "In review");
  await expect(button(omar, "Claim for review")).toHaveCount(0);

  await button(omar, "Release: somebody else may take it").click();
  await expect(statusOf(omar)).toContainText("New");
  await sees(lena, "New");
  await button(lena, "Claim for review").click();
  await expectStatus(lena, id, "In review");
  await expectThread(lena, /submitted/, /lena\.park\s+assigned it/, /omar\.haddad\s+released it/, /lena\.park\s+claimed it/);
  const nobody = await tryAct(lena, id, "assign", { reviewer: "maya.chen" });
  expect(nobody.status()).toBe(422);
  expect(await messageAt(nobody, "assign-reviewer")).toContain("maya.chen is not a reviewer");
});

test("a cluster that does not fit takes a reason", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("misfit") });
  const omar = await as("Omar Haddad");
  await act(omar, id, "claim");
  await open(omar, `/requests/${id}`);
  await approve(omar, "kv-dev", "5000");
  const form = await formOf(omar, "Approve");
  await expect(form.getByRole("textbox", { name: "Partitions" })).toHaveAccessibleDescription(/Enter a whole number from 1 to 4\s096\./);
  await expect(form.getByRole("textbox", { name: "Partitions" })).toHaveValue("5000");
  await form.getByRole("textbox", { name: "Partitions" }).fill("16");
  await button(omar, "Approve").click();
  const why = form.getByRole("textbox", { name: "Reason, where it does not fit" });
  await expect(why).toHaveAccessibleDescription(/Choose another cluster, or say why/);
  await expect(form).toContainText("It does not serve staging.");
  await expect(form.getByRole("combobox", { name: "Cluster" })).toHaveValue("kv-dev");
  await why.fill("The staging cluster is rebuilt this week.");
  await button(omar, "Approve").click();
  await expectStatus(omar, id, "Approved");
  const { text } = await fetched(page, `/requests/${id}`);
  expect(text).toContain("Placed although it does not fit: The staging cluster is rebuilt this week.");
  expect(text).toContain("kv-dev, 16 partitions");
});

test("tier 0 takes two different approvals", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("tier0"), ...TIER_0 });
  const [omar, lena] = [await as("Omar Haddad"), await as("Lena Park")];
  await act(omar, id, "claim");
  await openAll(id, page, omar, lena);
  await expect(region(omar, "Decision")).toContainText("This needs 2 different approvals because of rule R2.");
  await approve(omar, "kv-staging", "16");
  await expect(region(omar, "Decision")).toContainText("Still missing: one approval.");
  await expect(button(omar, "Approve")).toHaveCount(0);
  const twice = await tryAct(omar, id, "approve", { ...PLACEMENT, partitions: "16" });
  expect(twice.status()).toBe(409);
  await expect(statusOf(omar)).toContainText("In review");

  await catchUp(lena);
  await expect(region(lena, "Decision").getByRole("listitem").filter({ hasText: "omar.haddad" })).toContainText("approved");
  await approve(lena, "kv-staging", "16");
  await expect(statusOf(lena)).toContainText("Approved");
  await sees(page, "Approved");
  await expectThread(page, /submitted/, /omar\.haddad\s+claimed it/, /omar\.haddad\s+gave an approval/, /lena\.park\s+approved it/);
  await expectStatus(page, id, "Approved");
});

test("another placement voids the approval of the other reviewer", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("moved"), ...TIER_0 });
  const [omar, lena] = [await as("Omar Haddad"), await as("Lena Park")];
  await act(omar, id, "claim");
  await act(omar, id, "approve", PLACEMENT);
  await openAll(id, omar, lena);
  await expect(button(omar, "Approve")).toHaveCount(0);
  await approve(lena, "kv-mutable-small", "16");
  await expect(region(lena, "Decision")).toContainText("Still missing: one approval.");
  await catchUp(omar);
  await approve(omar, "kv-mutable-small", "16");
  await expectStatus(omar, id, "Approved");
  expect((await fetched(page, `/requests/${id}`)).text).toContain("kv-mutable-small, 16 partitions");
});

test("personal data takes a privacy approval besides the review", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("personal"), ...PERSONAL });
  const [omar, ines] = [await as("Omar Haddad"), await as("Inès Moreau")];
  await act(omar, id, "claim");
  await openAll(id, page, omar, ines);
  await expect(button(ines, "Approve")).toHaveCount(0);
  await approve(omar, "kv-staging", "8");
  await expect(region(omar, "Decision")).toContainText("Still missing: a privacy approval.");
  await catchUp(ines);
  await expect(region(ines, "Decision")).toContainText("This needs one approval and a privacy approval because of rule R4.");
  await button(ines, "Give the privacy approval").click();
  await expect(statusOf(ines)).toContainText("Approved");
  await sees(page, "Approved");
  await expect(region(page, "Decision").getByRole("listitem").filter({ hasText: "ines.moreau" })).toContainText("gave the privacy approval");
  await expectStatus(page, id, "Approved");
});

test("of two who decide at once, the second is told who did what", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("both") });
  const [omar, lena] = [await as("Omar Haddad"), await as("Lena Park")];
  await act(lena, id, "claim");
  // Without news from the server, Omar's page is as it was when he began to type.
  await omar.route("**/events?*", (route) => route.abort());
  await openAll(id, omar, lena);
  const deny = await formOf(omar, "Deny the request", "Deny");
  const words = "The shared dataset has all of this already.";
  await deny.getByRole("textbox", { name: "Reason" }).fill(words);
  await approve(lena, "kv-staging", "8");
  await expect(statusOf(lena)).toContainText("Approved");

  const answered = omar.waitForResponse((answer) => answer.request().method() === "POST" && !answer.url().includes("request_view"));
  await button(omar, "Deny the request").click();
  expect((await answered).status()).toBeGreaterThanOrEqual(scripted() ? 200 : 409);
  await expect(omar.getByRole("main").getByRole("alert").filter({ hasText: "Lena Park approved it" })).toContainText(
    "“Deny” is not possible while the request is approved.",
  );
  await expect(omar.getByText(words)).toBeVisible();
  await expect(statusOf(omar)).toContainText("Approved");
  const { text } = await fetched(page, `/requests/${id}`);
  expect(text).toContain("now: Approved");
  expect(text).not.toContain("denied it");
});

test("of many decisions at the same moment exactly one holds", async ({ page, as }) => {
  const [omar, lena, priya] = [await as("Omar Haddad"), await as("Lena Park"), await as("Priya Nair")];
  for (let round = 0; round < 3; round++) {
    const id = await file(page, { name: uniqueName("moment") });
    await act(lena, id, "claim");
    const revision = await revisionOf(lena, id);
    const answers = await Promise.all([
      tryAct(lena, id, "approve", { ...PLACEMENT, revision }),
      tryAct(omar, id, "deny", { reason: "Decided by the other one.", revision }),
      tryAct(priya, id, "approve", { ...PLACEMENT, partitions: "9", revision }),
      tryAct(page, id, "withdraw", { revision }),
    ]);
    const refused = answers.filter((answer) => answer.status() !== 303);
    // A withdrawal may come after an approval, and still be in time.
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(refused.length).toBeLessThanOrEqual(3);
    for (const answer of refused) {
      expect([409, 412]).toContain(answer.status());
      expect(await said(answer)).toMatch(/(Lena Park|Omar Haddad|Priya Nair|Maya Chen) (approved|denied|withdrew) it|changed this since you opened it/);
    }
    const { text } = await fetched(page, `/requests/${id}`);
    expect(text).toMatch(/now: (Approved|Denied|Cancelled)/);
  }
});

test("a decision on an older revision is refused, and says what changed", { tag: "@nojs" }, async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("stale") });
  const omar = await as("Omar Haddad");
  const revision = await revisionOf(omar, id);
  await open(page, `/requests/${id}`);
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await field(page, "Data size").fill("99");
  await page.getByRole("button", { name: "Save changes" }).click();
  await openedRequest(page);
  const stale = await tryAct(omar, id, "deny", { reason: "Read at its first revision.", revision });
  expect(stale.status()).toBe(412);
  expect(await said(stale)).toContain("maya.chen changed this since you opened it: Data size.");
  const missing = await post(omar, `/requests/${id}`, { action: "deny", reason: "Without any revision." });
  expect(missing.status()).toBe(428);
  await expectStatus(page, id, "New");
});

test("what is being typed outlives what others do", async ({ page, as }) => {
  const id = await file(page, { name: uniqueName("typing") });
  const omar = await as("Omar Haddad");
  await openAll(id, page, omar);
  const comment = page.getByRole("textbox", { name: "Add a comment" });
  await comment.fill("I am still writing th");
  await button(omar, "Claim for review").click();
  await expect(statusOf(page)).toContainText("In review");
  await omar.getByRole("textbox", { name: "Add a comment" }).fill("Looking at it now.");
  await button(omar, "Comment").click();
  await expect(thread(page).last()).toContainText("Looking at it now.");
  await expect(comment).toHaveValue("I am still writing th");
  await expect(omar.getByRole("textbox", { name: "Add a comment" })).toHaveValue("");
});

test("a comment says something, and not too much", { tag: "@nojs" }, async ({ page }) => {
  const id = await file(page, { name: uniqueName("comment") });
  await open(page, `/requests/${id}`);
  const comment = page.getByRole("textbox", { name: "Add a comment" });
  await button(page, "Comment").click();
  await expect(comment).toHaveAccessibleDescription(/Write something first\./);
  await comment.fill("c".repeat(4001));
  await button(page, "Comment").click();
  await expect(comment).toHaveAccessibleDescription(/Use at most 4\s?000 characters\./);
  await expect(comment).toHaveValue("c".repeat(4001));
  await comment.fill("It is for the **summer** sale; see [the plan](https://plans.example/7).");
  await button(page, "Comment").click();
  await expect(thread(page).last()).toContainText("It is for the summer sale; see the plan.");
  await expect(thread(page).last().getByRole("link", { name: "the plan" })).toHaveAttribute("href", "https://plans.example/7");
  expect((await fetched(page, `/requests/${id}`)).html).toContain("<strong>summer</strong>");
});

/** Texts that script where they are taken for HTML. */
const PAYLOADS = [
  "<script>window.scripted=1</script>",
  "<img src=x onerror=window.scripted=1>",
  "<svg/onload=window.scripted=1>",
  "<details open ontoggle=window.scripted=1>x</details>",
  "<iframe srcdoc='<script>parent.scripted=1</script>'></iframe>",
  "<a href='javascript:window.scripted=1'>go</a>",
  "[go](javascript:window.scripted=1)",
  "[go](JaVaScRiPt:window.scripted=1)",
  "[go](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "![x](javascript:window.scripted=1)",
  '![x](x"onerror="window.scripted=1)',
  "<javascript:window.scripted=1>",
  "</textarea></script></style><script>window.scripted=1</script>",
  "<style>main{display:none}</style>",
  "<form action=/sign-out method=post><button>Win</button></form>",
  "<math><mtext><table><mglyph><style><img src=x onerror=window.scripted=1>",
  '`"><img src=x onerror=window.scripted=1>`',
];

test("what people write cannot script", { tag: "@nojs" }, async ({ page, as }) => {
  const all = PAYLOADS.join("\n\n");
  const id = await file(page, { name: uniqueName("hostile"), description: all, justification: all.slice(0, 1900) });
  const omar = await as("Omar Haddad");
  for (const comment of PAYLOADS) await act(page, id, "comment", { comment });
  await act(omar, id, "claim");
  await act(omar, id, "ask", { question: all });
  await open(omar, `/requests/${id}`);
  await expect(thread(omar)).toHaveCount(PAYLOADS.length + 3);
  await expect(thread(omar).filter({ hasText: "<script>window.scripted=1</script>" }).first()).toBeVisible();
  for (const part of [region(omar, "Use case"), region(omar, "Thread").getByRole("list").first(), question(omar)]) {
    const found = await part.evaluate((element) =>
      [...element.querySelectorAll("*")].flatMap((one) => {
        const bad = ["SCRIPT", "STYLE", "IFRAME", "IMG", "FORM", "MATH", "OBJECT"].includes(one.tagName) ? [one.tagName] : [];
        for (const { name, value } of one.attributes) {
          if (name.startsWith("on") || /^\s*(javascript|data):/i.test(value)) bad.push(`${one.tagName} ${name}=${value}`);
        }
        return bad;
      }),
    );
    expect(found).toEqual([]);
  }
  for (const link of await region(omar, "Thread").getByRole("link").all()) {
    expect(await link.evaluate((element: HTMLAnchorElement) => element.protocol)).toMatch(/^(https?|mailto):$/);
  }
  expect(await omar.evaluate(() => "scripted" in window)).toBe(false);
  const answer = await omar.request.get(`/requests/${id}`);
  expect(answer.headers()["content-security-policy"]).toMatch(/script-src [^;]*'nonce-/);
  expect((await fetched(omar, `/requests/${id}`)).html).not.toMatch(/<(script|img|iframe)[^>]*scripted/);
});
