// What the stories of requests share: names nobody else uses, whole requests filed by hand-made posts, and pages read
// anew through HTTP. A story does with the mouse what it is about, and what leads up to it with these.
import { type APIResponse, expect, type Locator, type Page, test } from "@playwright/test";

let made = 0;

/** A base name that no other test uses, also not one that runs at the same time. */
export function uniqueName(stem = "e2e"): string {
  made += 1;
  const part = (number: number) => number.toString(36);
  return `${stem}_${part(Date.now())}_${part(process.pid)}_${made}`;
}

/** Whether the browser of this project runs scripts. */
export function scripted(): boolean {
  return test.info().project.use.javaScriptEnabled !== false;
}

/** Opens an address, and waits until its scripts run where there are any. */
export async function open(page: Page, path: string) {
  const answer = await page.goto(path);
  await alive(page);
  return answer;
}

/** Waits until the page at hand is alive: before, a click is a plain post or a plain link. */
export async function alive(page: Page) {
  if (scripted()) await page.locator("html.js").waitFor();
}

/** Shows what others did meanwhile: with scripts the page does so by itself, without them it is read again. */
export async function catchUp(page: Page) {
  if (!scripted()) await page.reload();
}

/** The names of the form's inputs and what is typed into them. */
export type Fields = Record<string, string>;

/**
 * A whole staging request of Maya's team that needs one approval. An input that is set to an empty text counts as one
 * that was left out.
 */
export function wholeForm(name: string, changes: Fields = {}): Fields {
  return {
    intent: "submit",
    name,
    environment: "staging",
    description: `Keeps what the story ${name} needs, for as long as it runs.`,
    team: "search",
    owner: "maya.chen",
    criticality: "2",
    storage_type: "MUTABLE",
    data_size_gb: "12.5",
    growth_percent: "3",
    expected_keys: "1500000",
    key_format: "utf8",
    key_bytes_mean: "24",
    key_bytes_max: "64",
    value_format: "json",
    value_bytes_mean: "512",
    value_bytes_max: "4096",
    qps_get: "1200",
    qps_set: "80",
    qps_delete: "4",
    peak_factor: "2.5",
    p99_read_ms: "20",
    p99_write_ms: "50",
    availability: "99.9",
    consistency: "strong",
    versions_to_keep: "3",
    data_class: "internal",
    priority: "normal",
    ...changes,
  };
}

/** Posts a form with the page's session, without following where it leads. */
export function post(page: Page, path: string, form: Fields) {
  return page.request.post(path, { form, maxRedirects: 0 });
}

/** Files a request as the page's person and gives its id, such as `REQ-2001`. */
export async function file(page: Page, changes: Fields & { name: string }): Promise<string> {
  const answer = await post(page, "/requests/new", wholeForm(changes.name, changes));
  expect(answer.status(), await said(answer)).toBe(303);
  return (answer.headers().location ?? "").replace("/requests/", "");
}

/** Does an action on a request's page by a hand-made post, on the revision that the page has then. */
export async function act(page: Page, id: string, action: string, inputs: Fields = {}) {
  const answer = await tryAct(page, id, action, inputs);
  expect(answer.status(), await said(answer)).toBe(303);
}

/** The same for an action that may be refused; gives the answer. */
export async function tryAct(page: Page, id: string, action: string, inputs: Fields = {}) {
  const revision = inputs.revision ?? (await revisionOf(page, id));
  return post(page, `/requests/${id}`, { action, revision, ...inputs });
}

/** The revision of a request, as its page says it. */
export async function revisionOf(page: Page, id: string): Promise<string> {
  const { text } = await fetched(page, `/requests/${id}`);
  return /revision (\d+)/.exec(text)?.[1] ?? "";
}

/** Where an approval of a staging request can go. */
export const PLACEMENT: Fields = { cluster: "kv-staging", partitions: "8", override_reason: "" };

/** A page fetched anew: its status, its HTML without scripts, and its text. */
export interface Fetched {
  status: number;
  html: string;
  text: string;
  /** The text of the page's own part, without navigation. */
  main: string;
  /** Everything that was sent, with the data for hydration. */
  raw: string;
}

/** Reads a page through HTTP with the session of the browser, as a program would. */
export async function fetched(page: Page, path: string): Promise<Fetched> {
  return read(await page.request.get(path, { maxRedirects: 0 }));
}

/** The text of an answer's main part: why a post was refused. */
export async function said(answer: APIResponse): Promise<string> {
  const { main } = await read(answer);
  return main;
}

/** The message at an input of the page that answers a refused post; empty where there is none. */
export async function messageAt(answer: APIResponse, input: string): Promise<string> {
  const { html } = await read(answer);
  const found = new RegExp(`<p id="${input}-error"([^>]*)>([^<]*)</p>`).exec(html);
  return found?.[1]?.includes("hidden") ? "" : plain(found?.[2] ?? "");
}

async function read(answer: APIResponse): Promise<Fetched> {
  const raw = await answer.text();
  const html = raw
    .replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, "")
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<!>/g, "");
  const main = /<main\b[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1] ?? "";
  return { status: answer.status(), html, text: plain(html), main: plain(main), raw };
}

/** HTML as a person reads it. */
function plain(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };
  return html
    .replace(/<[^>]*>/g, " ")
    .replace(/&(#?\w+);/g, (whole, name) => entities[name] ?? whole)
    .replace(/\s+/g, " ");
}

/** The input of the request form with this label, whatever kind of control it is. */
export function field(page: Page | Locator, label: string): Locator {
  const by = (role: "textbox" | "combobox" | "checkbox") => page.getByRole(role, { name: label, exact: true });
  return by("textbox").or(by("combobox")).or(by("checkbox"));
}

/** The badge beside a request's title. */
export function statusOf(page: Page): Locator {
  return page.getByRole("list", { name: "Progress" }).locator("[aria-current=step]");
}

/** Expects a request's page to say this status, and so a page fetched anew. */
export async function expectStatus(page: Page, id: string, status: string) {
  await expect(statusOf(page)).toContainText(status);
  const { text } = await fetched(page, `/requests/${id}`);
  expect(text).toContain(`now: ${status}`);
}

/** The part of a page with this heading. */
export function region(page: Page, name: string): Locator {
  return page.getByRole("region", { name, exact: true });
}

/** The id of the request whose page is open. */
export async function openedRequest(page: Page): Promise<string> {
  await page.waitForURL(/\/requests\/REQ-\d+$/);
  await alive(page);
  return new URL(page.url()).pathname.replace("/requests/", "");
}

/** The requests that the queue finds, as a page fetched anew lists them; `filter` is more of its query. */
export async function listed(page: Page, text: string, filter = ""): Promise<string[]> {
  const { html } = await fetched(page, `/queue?q=${encodeURIComponent(text)}${filter}`);
  return [...new Set([...html.matchAll(/href="\/requests\/(REQ-\d+)"/g)].map(([, id]) => id ?? ""))];
}
