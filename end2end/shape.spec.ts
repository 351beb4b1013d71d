// The shape of the main pages as a screen reader meets them, against reviewed snapshots beside this file. The server is
// this spec's own, so that nothing but what is filed here shows.
import { act, file, open, PLACEMENT } from "./acts";
import { expect, signIn, startServer, test as base } from "./fixtures";

const test = base.extend<object, object>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const server = await startServer(1);
      await use(server);
      await server.close();
    },
    { scope: "worker" },
  ],
});

test("sign-in", async ({ page }) => {
  await open(page, "/sign-in");
  await expect(page.locator("body")).toMatchAriaSnapshot({ name: "sign-in.aria.yml" });
});

test("queue, request and dataset", async ({ page, as }) => {
  await signIn(page, "Maya Chen");
  const lena = await as("Lena Park");
  const first = await file(page, { name: "user_profiles" });
  await act(lena, first, "claim");
  await act(lena, first, "approve", PLACEMENT);
  const second = await file(page, { name: "session_tokens", environment: "prod", priority: "high" });

  await open(lena, "/queue?q=tokens");
  await expect(lena.getByRole("main").getByText("Live", { exact: true })).toBeVisible();
  await expect(lena.getByRole("main")).toMatchAriaSnapshot({ name: "queue.aria.yml" });
  await open(lena, `/requests/${second}`);
  await expect(lena.getByRole("main")).toMatchAriaSnapshot({ name: "request.aria.yml" });
  await open(page, "/catalogue");
  await page.getByRole("link", { name: "user_profiles_staging" }).click();
  await expect(page.getByRole("heading", { name: "Who and where" })).toBeVisible();
  await expect(page.getByRole("main")).toMatchAriaSnapshot({ name: "dataset.aria.yml" });
});

test("quick request", async ({ page }) => {
  await signIn(page, "Maya Chen");
  await open(page, "/requests/new?quick=1");
  await expect(page.getByRole("main")).toMatchAriaSnapshot({ name: "quick-request.aria.yml" });
});
