// The queue as its specs read it: the rows with what they say, made comparable, and the orders they may be in.
import { expect, type Locator, type Page } from "@playwright/test";
import { fetched } from "./acts";

/** One row of the queue, as it is shown. */
export interface Row {
  request: number;
  dataset: string;
  status: number;
  priority: number;
  environment: number;
  storage: number;
  /** Bytes, rounded as shown. */
  size: number;
  qps: number;
  team: string;
  owner: string;
  /** Empty where there is nobody. */
  reviewer: string;
  /** An ISO date, or a text after every date. */
  neededBy: string;
  /** ISO times; empty before the submission. */
  submitted: string;
  updated: string;
}

/** The closed lists in the order that the product gives them. */
const STATUSES = [
  "Draft", "New", "In review", "Needs info", "Approved", "In progress", "Completed", "Failed", "Denied", "Cancelled", "Expired",
];
const PRIORITIES = ["Urgent", "High", "Normal", "Low"];
const ENVIRONMENTS = ["Development", "Staging", "Production"];
const STORAGE = ["Read-only", "Mutable", "Streaming"];
const UNITS: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 };

/** The rows of the table, without the head. */
export function rows(page: Page): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("rowheader") });
}

/** The row of one request. */
export function rowOf(page: Page, id: string): Locator {
  return rows(page).filter({ has: page.getByRole("rowheader", { name: new RegExp(`${id}\\b`) }) });
}

/** Everything that the rows of the open page say. */
export async function readRows(page: Page): Promise<Row[]> {
  // Lines are lines once the style sheet is there.
  await page.waitForLoadState("load");
  const cells = await rows(page).evaluateAll((found) =>
    found.map((row) =>
      Array.from((row as HTMLTableRowElement).cells, (cell) => ({
        lines: (cell as HTMLElement).innerText.split("\n").map((line) => line.trim()).filter((line) => line !== ""),
        text: cell.textContent ?? "",
        times: Array.from(cell.querySelectorAll("time"), (time) => time.dateTime),
      })),
    ),
  );
  return cells.map((row) => {
    const [name, status, priority, place, numbers, people, reviewer, needed, ages] = row;
    if (!name || !status || !priority || !place || !numbers || !people || !reviewer || !needed || !ages) throw new Error("a row lacks cells");
    const submitted = /^Not yet/.test(ages.text) ? [""] : [];
    return {
      request: Number(/REQ-(\d+)/.exec(name.text)?.[1]),
      dataset: /^(.*?)\s*REQ-/.exec(name.text.trim())?.[1] ?? "",
      status: known(STATUSES, status.lines[0]),
      priority: known(PRIORITIES, priority.lines[0]),
      environment: known(ENVIRONMENTS, place.lines[0]),
      storage: known(STORAGE, place.lines[1]),
      size: bytes(numbers.lines[0] ?? ""),
      qps: Number((numbers.lines[1] ?? "").replace(/[^\d]/g, "")),
      team: people.lines[0] ?? "",
      owner: people.lines[1] ?? "",
      reviewer: reviewer.text.includes("nobody") ? "" : (reviewer.lines.at(-1) ?? ""),
      neededBy: needed.times[0] ?? "never",
      submitted: [...submitted, ...ages.times][0] ?? "",
      updated: [...submitted, ...ages.times][1] ?? "",
    };
  });
}

function known(list: string[], word: string | undefined): number {
  const at = list.indexOf(word ?? "");
  if (at < 0) throw new Error(`"${word}" is none of ${list.join(", ")}`);
  return at;
}

function bytes(text: string): number {
  const [, number, unit] = /^([\d.\s]+?)\s*([kMGTP]?B)$/.exec(text) ?? [];
  const size = Number((number ?? "").replace(/\s/g, "")) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (Number.isNaN(size)) throw new Error(`"${text}" is no size`);
  return size;
}

/** A sort key as the URL writes it: what a row says for it, and whether equal texts mean equal values. */
export interface Key {
  of: keyof Row;
  descending: boolean;
  exact: boolean;
}

/** Expects the rows to stand in this order, equal ones by number with the newest first. */
export function expectOrder(read: Row[], keys: Key[]) {
  const all: Key[] = [...keys, { of: "request", descending: true, exact: true }];
  for (const [index, row] of read.entries()) {
    const before = read[index - 1];
    if (!before) continue;
    for (const key of all) {
      const order = compare(before[key.of], row[key.of]) * (key.descending ? -1 : 1);
      const told = `REQ-${before.request} (${key.of} ${before[key.of]}) before REQ-${row.request} (${row[key.of]})`;
      expect(order, told).toBeLessThanOrEqual(0);
      // What is rounded for reading says nothing about the next key where it is equal.
      if (order < 0 || !key.exact) break;
    }
  }
}

function compare(one: string | number, other: string | number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Waits until the table shows what the URL says. Without scripts every page does from its start. */
export async function settled(page: Page) {
  await expect(page.getByRole("region", { name: "Requests" })).toHaveAttribute("aria-busy", "false");
}

/** The parameters of the present address that say something. */
export function parameters(page: Page): Record<string, string> {
  return Object.fromEntries([...new URL(page.url()).searchParams].filter(([, value]) => value !== ""));
}

/** Expects the address to hold exactly these parameters. */
export async function expectParameters(page: Page, expected: Record<string, string>) {
  await expect.poll(() => parameters(page), { intervals: [10, 20, 50, 100] }).toEqual(expected);
}

/** The requests that a view lists, in its order, as a page fetched anew says. */
export async function fetchedRows(page: Page, address: string): Promise<number[]> {
  const { html } = await fetched(page, address);
  const body = html.split("<tbody")[1]?.split("</tbody>")[0] ?? "";
  return [...body.matchAll(/href="\/requests\/REQ-(\d+)"/g)].map(([, id]) => Number(id));
}
