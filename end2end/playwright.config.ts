// Browser tests. Each spec starts its own server through the fixtures, so there is no webServer here.
// Two projects: `js` runs every spec; `nojs` runs those tagged @nojs again with JavaScript off.
import { existsSync } from "node:fs";
import { defineConfig, devices } from "@playwright/test";

const chromium = [process.env.KVSTORE_CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: "test-results/artifacts",
  // ARIA snapshots stand beside their spec.
  expect: {
    timeout: 10_000,
    toMatchAriaSnapshot: { pathTemplate: "{testDir}/{testFileDir}/{testFileName}-snapshots/{arg}{ext}" },
  },
  timeout: 60_000,
  globalTimeout: 25 * 60_000,
  fullyParallel: false,
  workers: 2,
  // On a crowded machine a test may lose a race that a person would not. Where CI is set it has a second try, and the
  // last lines of `make test` name it: one that needed it is a fault to mend, in the test or in the product.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: !!process.env.CI,
  // A changed snapshot is a failure here; write it anew with `make e2e ARGS=--update-snapshots`.
  updateSnapshots: "none",
  reporter: [["list"], ["json", { outputFile: "test-results/summary.json" }]],
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1440, height: 900 },
    // A failure is told by its picture and the page's outline. A trace copies every answer, the whole wasm module too,
    // out of the browser and doubles the time: `make e2e ARGS="--trace retain-on-failure …"`.
    trace: "off",
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium, // undefined: Playwright's own
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "js" },
    { name: "nojs", grep: /@nojs/, use: { javaScriptEnabled: false } },
  ],
});
