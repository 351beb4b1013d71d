// What people are told, and the thread: the bell rises by itself, a mention is written by keyboard, and all that can be
// read without scripts can.
import { act, file, open, region, scripted, uniqueName } from "./acts";
import { expect, type Page, signIn, test } from "./fixtures";

const bell = (page: Page) => page.getByRole("banner").getByRole("link", { name: /^Notifications/ });
const notices = (page: Page) => region(page, "Notifications").getByRole("listitem");

/** How many notices the bell says are unread. */
async function unread(page: Page): Promise<number> {
  return Number((await bell(page).innerText()).replace(/\D/g, "") || 0);
}

test("a question rings at the requester, the answer at the reviewer, each while they look at something else", async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const lena = await as("Lena Park");
  const id = await file(page, { name: uniqueName("bell") });
  await act(lena, id, "claim");
  await open(page, "/catalogue");
  const before = await unread(page);
  await act(lena, id, "ask", { question: "How long are **entries** kept?" });
  await expect.poll(() => unread(page)).toBe(before + 1);

  await bell(page).click();
  const told = notices(page).filter({ hasText: id }).first();
  await expect(told).toContainText("Lena Park asked a question");
  await expect(told).toContainText("How long are entries kept?");
  await told.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/requests/${id}$`));
  await expect.poll(() => unread(page)).toBe(before);

  await open(lena, "/catalogue");
  const lenas = await unread(lena);
  await act(page, id, "reply", { reply: "For ninety days." });
  await expect.poll(() => unread(lena)).toBe(lenas + 1);
});

test("a mention is written by keyboard, and who cannot read the thread is named before", async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const id = await file(page, { name: uniqueName("mention"), data_class: "confidential" });
  await open(page, `/requests/${id}`);
  const box = page.getByRole("textbox", { name: "Add a comment" });
  await box.pressSequentially("Please look, @om");
  await expect(page.getByRole("option", { name: /Omar Haddad/ })).toBeVisible();
  await box.press("Enter");
  await expect(box).toHaveValue("Please look, @omar.haddad ");
  await box.pressSequentially("and @amara");
  await expect(page.getByRole("option", { name: /Amara Okafor.*cannot read this thread/ })).toBeVisible();
  await box.press("Tab");
  await expect(page.getByRole("status").filter({ hasText: "Not told" })).toContainText("amara.okafor");
  await page.getByRole("main").getByRole("button", { name: "Comment", exact: true }).click();
  await expect(region(page, "Thread").locator("strong").first()).toHaveText("@omar.haddad");

  const omar = await as("Omar Haddad");
  await open(omar, "/notifications");
  await expect(notices(omar).filter({ hasText: `Maya Chen mentioned you in ${id}` })).toHaveCount(1);
  const amara = await as("Amara Okafor");
  await open(amara, "/notifications?show=all");
  await expect(amara.getByRole("main")).not.toContainText(id);
});

test("notices are read, chosen and marked without scripts", { tag: "@nojs" }, async ({ page, as }) => {
  await signIn(page, "Jonas Weber");
  const maya = await as("Maya Chen");
  const id = await file(maya, { name: uniqueName("marked"), owner: "jonas.weber" });
  await act(maya, id, "comment", { comment: "For the summer." });
  await expect
    .poll(async () => {
      await open(page, "/notifications");
      return notices(page).filter({ hasText: id }).count();
    })
    .toBe(1);
  await page.getByRole("button", { name: new RegExp(`Mark read: .*${id}`) }).click();
  await expect(page.getByRole("main").filter({ hasText: id })).toHaveCount(0);
  await open(page, "/notifications?show=all");
  await expect(notices(page).filter({ hasText: id })).toHaveAttribute("data-read", "true");

  await open(page, "/settings/notifications");
  const comments = page.getByRole("checkbox", { name: "Comments on what I watch, in the app" });
  await comments.uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(comments).not.toBeChecked();

  await open(page, `/requests/${id}`);
  await region(page, "Thread").getByRole("button", { name: "Watching" }).click();
  await expect(region(page, "Thread").getByRole("button", { name: "Watch", exact: true })).toBeVisible();
  await expect(region(page, "Watchers")).not.toContainText("jonas.weber");
  if (!scripted()) await expect(page).toHaveURL(new RegExp(`/requests/${id}#thread$`));
});

test("a comment is edited and taken back, and what it said before stays readable", { tag: "@nojs" }, async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const id = await file(page, { name: uniqueName("edited") });
  await act(page, id, "comment", { comment: "Kept for one week." });
  await open(page, `/requests/${id}`);
  const thread = region(page, "Thread");
  await thread.getByText("Edit or withdraw").click();
  await thread.getByRole("textbox", { name: "Your comment" }).fill("Kept for two weeks.");
  await thread.getByRole("button", { name: "Save comment" }).click();
  await expect(thread.locator(".rich").filter({ hasText: "Kept for two weeks." })).toBeVisible();
  const lena = await as("Lena Park");
  await open(lena, `/requests/${id}`);
  await region(lena, "Thread").getByText("edited", { exact: true }).click();
  await expect(region(lena, "Thread").getByText("Kept for one week.")).toBeVisible();
  await expect(region(lena, "Thread").getByText("Edit or withdraw")).toHaveCount(0);

  await thread.getByText("Edit or withdraw").click();
  await thread.getByRole("button", { name: "Withdraw comment" }).click();
  await expect(thread.getByText("Withdrawn by its author.")).toBeVisible();
  await open(lena, `/requests/${id}`);
  await expect(region(lena, "Thread")).not.toContainText("weeks");
});
