// The dashboard in a real browser: its first load, the table of Insights with 100,000 rows, and rows that come live.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { insightsPath } from "../../src/host/stores.ts";
import type { Insights } from "../../src/insights/insights.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { type MeasuredDashboard, openDashboard } from "../dashboard-browser.ts";
import { filterBy, plainFilterBy, plainPage, plainScrollTo, SEEN, scrollTo, TOTAL, WATCH } from "../dashboard-page.ts";
import { openRecorder, rowAt, writeRows } from "../dashboard-rows.ts";
import { median, percentile } from "../measure.ts";

const ROWS = 100_000;
/** With as many as ours a plain page takes a minute to begin. */
const PLAIN_ROWS = 10_000;
const SCRIPT_KB_MAX = 300;
const SHOWN_MS_MAX = 100;
const LIVE_PER_SECOND = 500;
const LIVE_STEP_MS = 100;
const LIVE_PLUGIN = "org.example.live";

export const dashboard: Section = { name: "dashboard", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "dashboard-"));
  const recorder = openRecorder(home);
  try {
    await writeRows(recorder, ROWS);
    const opened = await openDashboard(home);
    try {
      await firstLoad(bench, opened);
      await manyRows(bench, opened, home);
      await liveRows(bench, opened, recorder);
    } finally {
      await opened.stop();
    }
  } finally {
    await recorder.stop();
    rmSync(home, { recursive: true });
  }
}

/** With an empty cache, from the address until the first place can be used. */
async function firstLoad(bench: Bench, { page, cdp, url }: MeasuredDashboard): Promise<void> {
  const scripts = new Set<string>();
  let bytes = 0;
  await cdp.send("Network.enable");
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
  cdp.on("Network.responseReceived", ({ type, requestId }) => void (type === "Script" && scripts.add(requestId)));
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  const times: number[] = [];
  const sizes: number[] = [];
  for (let round = 0; round < (bench.quick ? 2 : 5); round++) {
    bytes = 0;
    const start = performance.now();
    await page.goto(`${url}/`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    times.push(performance.now() - start);
    await page.waitForLoadState("networkidle").catch(() => undefined);
    sizes.push(bytes / 1_000);
  }
  await cdp.send("Network.setCacheDisabled", { cacheDisabled: false });
  const blank: number[] = [];
  for (let round = 0; round < (bench.quick ? 2 : 5); round++) {
    const start = performance.now();
    await page.goto(`${url}/health`);
    blank.push(performance.now() - start);
  }
  bench.report({
    metric: "first load, script, compressed",
    value: median(sizes),
    unit: "kB",
    target: { of: "value", atMost: SCRIPT_KB_MAX },
  });
  bench.report({
    metric: "first load, until its first page is there",
    value: median(times),
    unit: "ms",
    peer: { name: "/health", value: median(blank) },
    ratio: median(times) / median(blank),
  });
}

async function manyRows(bench: Bench, opened: MeasuredDashboard, home: string): Promise<void> {
  const { page, url, context } = opened;
  await page.goto(`${url}/ui/insights`);
  await page.locator("tbody tr[aria-rowindex] a").first().waitFor();
  const plain = await context.newPage();
  await plain.setContent(plainPage(PLAIN_ROWS));
  const count = bench.quick ? 10 : 40;
  // Everywhere, near and far, never twice.
  const places = Array.from({ length: count }, (_, at) => Math.floor(((at * 0.618_034) % 1) * (ROWS - 100)));
  const texts = Array.from({ length: bench.quick ? 5 : 20 }, (_, at) => `tool-${10 + at}`);
  // One page after the other: one that comes to the front asks for what it missed.
  const theirs = await timed(
    plain,
    places.map((place) => plainScrollTo(Math.floor((place * PLAIN_ROWS) / ROWS))),
  );
  const hidden = await timed(plain, texts.map(plainFilterBy));
  await plain.close();
  const ours = await timed(page, places.map(scrollTo));
  const filtered = await timed(
    page,
    texts.map((text) => filterBy(text)),
  );
  const others = Array.from({ length: bench.quick ? 3 : 10 }, (_, at) => `tool-${30 + at}`);
  const counted = await timed(
    page,
    others.map((text) => filterBy(text, true)),
  );
  const name = `plain table of ${PLAIN_ROWS}`;
  reportTimes(bench, `${ROWS} rows, scroll to any place`, ours, { name, times: theirs });
  reportTimes(bench, `${ROWS} rows, filter`, filtered, { name, times: hidden });
  bench.report({
    metric: `${ROWS} rows, filter, until all are counted, p50`,
    value: median(counted),
    unit: "ms",
    peer: { name: "the same SQL, node:sqlite", value: median(others.map((text) => sqlMs(home, text))) },
  });
}

/** What each of these programs of the page came to, one after the other. */
async function timed(page: Page, programs: readonly string[]): Promise<number[]> {
  await page.bringToFront();
  const times: number[] = [];
  for (const program of programs) times.push(await page.evaluate<number>(program));
  return times;
}

/** The page of rows and their number, in this process. */
function sqlMs(home: string, text: string): number {
  const db = new DatabaseSync(insightsPath({ data: home }), { readOnly: true });
  const where = "WHERE instr(lower(path), lower(?)) > 0";
  const start = performance.now();
  db.prepare(`SELECT id, time, path FROM activity ${where} ORDER BY time DESC, id DESC LIMIT 100`).all(text);
  db.prepare(`SELECT count(*) FROM (SELECT 1 FROM activity ${where} LIMIT ${ROWS + 1})`).all(text);
  const ms = performance.now() - start;
  db.close();
  return ms;
}

interface PeerTimes {
  readonly name: string;
  readonly times: readonly number[];
}

function reportTimes(bench: Bench, metric: string, ours: readonly number[], { name, times }: PeerTimes): void {
  for (const [end, part] of [
    ["p50", 0.5],
    ["p95", 0.95],
  ] as const) {
    const [value, peer] = [ours, times].map((list) =>
      percentile(
        list.toSorted((a, b) => a - b),
        part,
      ),
    ) as [number, number];
    const target = { of: "value", atMost: SHOWN_MS_MAX } as const;
    bench.report({
      metric: `${metric}, ${end}`,
      value,
      unit: "ms",
      peer: { name, value: peer },
      ratio: value / peer,
      target,
    });
  }
}

/** Rows as a busy host writes them, and what becomes of the page meanwhile. */
async function liveRows(bench: Bench, { page, cdp, url }: MeasuredDashboard, recorder: Insights): Promise<void> {
  const seconds = bench.quick ? 5 : 20;
  await page.bringToFront();
  recorder.record(rowAt(0, Date.now(), LIVE_PLUGIN));
  await recorder.flush();
  await page.goto(`${url}/ui/insights?plugin=${LIVE_PLUGIN}&live=on`);
  await page.locator("tbody tr[aria-rowindex] a").first().waitFor();
  await page.evaluate(WATCH);
  await delay(2_000);
  const idle = await page.evaluate<Seen>(SEEN);
  const heapBefore = await heapMb(cdp);
  // Collecting garbage is a long task of its own, of which the page hears a little later.
  await delay(1_000);
  await page.evaluate(SEEN);
  const wanted = await writeLive(recorder, seconds);
  await recorder.flush();
  const busy = await page.evaluate<Seen>(SEEN);
  const shown = await untilShown(page, wanted + 1);
  bench.report({
    metric: `${LIVE_PER_SECOND} rows a second, rows not shown`,
    value: wanted + 1 - shown,
    unit: "",
    target: { of: "value", atMost: 0 },
  });
  const tasks = busy.tasks.toSorted((a, b) => a - b);
  bench.report({
    metric: "longest task of the page meanwhile",
    value: tasks.at(-1) ?? 0,
    unit: "ms",
    target: { of: "value", atMost: SHOWN_MS_MAX },
  });
  bench.report({
    metric: "its tasks above 50 ms, p95",
    value: tasks.length === 0 ? 0 : percentile(tasks, 0.95),
    unit: "ms",
  });
  const frames = (seen: Seen) =>
    percentile(
      seen.frames.toSorted((a, b) => a - b),
      0.95,
    );
  bench.report({
    metric: "between two of its frames, p95",
    value: frames(busy),
    unit: "ms",
    peer: { name: "nothing comes", value: frames(idle) },
    ratio: frames(busy) / frames(idle),
  });
  const heapAfter = await heapMb(cdp);
  bench.report({
    metric: "memory of the page's script afterwards",
    value: heapAfter,
    unit: "MB",
    peer: { name: "before", value: heapBefore },
  });
}

interface Seen {
  readonly tasks: readonly number[];
  readonly frames: readonly number[];
}

/** Gives how many rows were written. */
async function writeLive(recorder: Insights, seconds: number): Promise<number> {
  const start = performance.now();
  let written = 0;
  while (written < seconds * LIVE_PER_SECOND) {
    const due = Math.floor(((performance.now() - start) / 1_000) * LIVE_PER_SECOND);
    for (; written < Math.min(due, seconds * LIVE_PER_SECOND); written++) {
      recorder.record(rowAt(written, Date.now(), LIVE_PLUGIN));
    }
    await delay(LIVE_STEP_MS);
  }
  return written;
}

/** What the page says that it shows, once it is as much as wanted, or does not grow any more. */
async function untilShown(page: MeasuredDashboard["page"], wanted: number): Promise<number> {
  let shown = 0;
  for (let look = 0; look < 50; look++) {
    shown = Number((await page.evaluate<string>(TOTAL)).replaceAll(/\D/g, ""));
    if (shown >= wanted) break;
    await delay(LIVE_STEP_MS);
  }
  return shown;
}

async function heapMb(cdp: MeasuredDashboard["cdp"]): Promise<number> {
  await cdp.send("HeapProfiler.collectGarbage");
  await cdp.send("Performance.enable");
  const { metrics } = await cdp.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0) / 1_000_000;
}
