// One story on PostgreSQL, with two server processes on one database: what is filed on one shows live on the other.
// `scripts/with-postgres.sh` names a database server; without one the story is skipped, which CI does not accept.
import { execFileSync } from "node:child_process";
import { alive, fetched, open, statusOf, uniqueName } from "./acts";
import { expect, type Server, signIn, startServer, test } from "./fixtures";
import { rows } from "./queue-table";

const given = process.env.KVSTORE_TEST_POSTGRES_URL;

test.beforeAll(() => {
  if (!given && process.env.KVSTORE_TEST_REQUIRE === "1") throw new Error("KVSTORE_TEST_POSTGRES_URL is not set, and KVSTORE_TEST_REQUIRE asks for it");
  if (!given) console.log("SKIPPED: the story on PostgreSQL, because KVSTORE_TEST_POSTGRES_URL is not set");
});

test("two servers on one PostgreSQL show the same queue live", async ({ browser }) => {
  test.skip(!given, "KVSTORE_TEST_POSTGRES_URL is not set");
  const database = uniqueName("kvstore_e2e");
  const sql = (statement: string) => execFileSync("psql", [given ?? "", "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement], { stdio: "pipe" });
  sql(`create database ${database}`);
  const url = new URL(given ?? "");
  url.pathname = `/${database}`;
  const servers: Server[] = [];
  try {
    // The second finds the people and requests of the first there already.
    servers.push(await startServer(40, url.href), await startServer(1, url.href));
    const [one, other] = servers;
    const at = async (server: Server | undefined, name: string) => {
      const page = await (await browser.newContext({ baseURL: server?.url })).newPage();
      await signIn(page, name);
      return page;
    };
    const [maya, lena] = [await at(one, "Maya Chen"), await at(other, "Lena Park")];
    await open(lena, "/queue?status=open&sort=-number");
    await expect(lena.getByRole("main").getByText("Live", { exact: true })).toBeVisible();
    expect(await rows(lena).count()).toBeGreaterThan(3);

    const name = uniqueName("pg");
    await open(maya, "/requests/new");
    await maya.getByRole("textbox", { name: "Dataset name" }).fill(name);
    await maya.getByRole("combobox", { name: "Environment" }).selectOption({ label: "Staging" });
    await maya.getByRole("textbox", { name: "Use case" }).fill("Shows that two servers on one database tell each other.");
    await maya.getByRole("textbox", { name: "Data size" }).fill("20");
    await maya.getByRole("textbox", { name: "Expected keys" }).fill("1000000");
    await maya.getByRole("textbox", { name: "Reads" }).fill("500");
    const row = rows(lena).filter({ hasText: name });
    const start = performance.now();
    const [shown] = await Promise.all([
      row.waitFor().then(() => performance.now() - start),
      maya.getByRole("button", { name: "Submit request" }).click(),
    ]);
    console.log(`from the click on submit at one server to the row at the other: ${Math.round(shown)} ms`);
    await maya.waitForURL(/\/requests\/REQ-\d+$/);

    await row.getByRole("button", { name: /Claim/ }).click();
    await expect(row).toContainText("In review");
    await expect(statusOf(maya)).toContainText("In review");
    await row.getByRole("rowheader").getByRole("link").click();
    await alive(lena);
    await lena.getByRole("textbox", { name: "Partitions" }).fill("4");
    await lena.getByRole("button", { name: "Approve", exact: true }).click();
    await expect(statusOf(lena)).toContainText("Approved");
    await expect(statusOf(maya)).toContainText("Approved");
    expect((await fetched(maya, `/catalogue?q=${name}`)).text).toContain(`${name}_staging`);
    for (const page of [maya, lena]) await page.context().close();
  } finally {
    for (const server of servers) await server.close();
    sql(`drop database if exists ${database} with (force)`);
  }
});
