import { expect, test } from "vitest";
import { redactor } from "../base/redact.ts";
import type { Activity } from "../protocol/activity.ts";
import {
  INSIGHTS_BATCH_CHARS_MAX,
  INSIGHTS_BATCH_ROWS_MAX,
  INSIGHTS_BODY_CHARS_MAX,
  INSIGHTS_NAME_CHARS_MAX,
  INSIGHTS_PATH_CHARS_MAX,
  INSIGHTS_PENDING_CHARS_MAX,
  INSIGHTS_PENDING_LOG_CHARS_MAX,
  INSIGHTS_PENDING_LOG_ROWS_MAX,
  INSIGHTS_PENDING_ROWS_MAX,
  INSIGHTS_PLUGIN_SHARE_MAX,
  INSIGHTS_ROW_CHARS_KEPT_MAX,
} from "../protocol/limits.ts";
import { type Batch, PendingRows } from "./pending-rows.ts";

const ROW: Activity = {
  time: 1_700_000_000_000,
  pluginId: "test.one",
  agentId: undefined,
  kind: "host",
  method: "POST",
  path: "/x",
  status: 200,
  durationMs: 1.5,
  request: null,
  response: null,
  traceId: undefined,
};

const parsed = (batch: Batch | undefined) => JSON.parse(`[${batch?.json ?? ""}]`) as unknown[][];

function takeAll(pending: PendingRows): unknown[][] {
  const rows: unknown[][] = [];
  for (let batch = pending.take(); batch !== undefined; batch = pending.take()) rows.push(...parsed(batch));
  return rows;
}

/** The only row, as it is written. */
function written(row: Partial<Activity>, redact?: (text: string, charsMax: number) => string) {
  const pending = new PendingRows();
  pending.add({ ...ROW, ...row }, redact);
  const [, , , , method, path, , , request, response, , , task] = parsed(pending.take())[0]!;
  return { method, path, request, response, task } as Record<string, string | null>;
}

test("rows come out in order, in batches of so many at most", () => {
  const pending = new PendingRows();
  const count = 2 * INSIGHTS_BATCH_ROWS_MAX + 1;
  for (let time = 0; time < count; time++) {
    expect(pending.isBatch).toBe(time >= INSIGHTS_BATCH_ROWS_MAX);
    pending.add({ ...ROW, time }, undefined);
  }
  const first = pending.take()!;
  expect(first.rows).toBe(INSIGHTS_BATCH_ROWS_MAX);
  const plain = [0, "test.one", null, "host", "POST", "/x", 200, 1.5, null, null, null, null, null];
  expect(parsed(first)[0]).toEqual([...plain, first.name]);
  expect(parsed(first)[1]).toEqual([1, ...plain.slice(1)]);
  expect([first, pending.take(), pending.take(), pending.take()].map((one) => one?.rows)).toEqual([
    INSIGHTS_BATCH_ROWS_MAX,
    INSIGHTS_BATCH_ROWS_MAX,
    1,
    undefined,
  ]);
  expect(pending.size).toBe(0);
});

test("what goes into one batch is bounded in characters too", () => {
  const pending = new PendingRows();
  const response = "\u0001".repeat(INSIGHTS_BODY_CHARS_MAX);
  for (let i = 0; i < INSIGHTS_BATCH_ROWS_MAX; i++) pending.add({ ...ROW, request: response, response }, undefined);
  const { rows, json } = pending.take()!;
  expect(rows).toBeLessThan(INSIGHTS_BATCH_ROWS_MAX);
  expect(json.length).toBeGreaterThanOrEqual(INSIGHTS_BATCH_CHARS_MAX);
  expect(json.length).toBeLessThan(INSIGHTS_BATCH_CHARS_MAX + 13 * INSIGHTS_BODY_CHARS_MAX);
  expect(rows + takeAll(pending).length).toBe(INSIGHTS_BATCH_ROWS_MAX);
});

/** Rows of several plugins, so many of each. */
function fill(pending: PendingRows, row: Activity, count: number, plugins = 4): void {
  for (let i = 0; i < count; i++) pending.add({ ...row, pluginId: `test.p${i % plugins}` }, undefined);
}

test("so many rows may wait, and fewer when they are lines of a log; a row says how many were dropped", () => {
  const pending = new PendingRows();
  const log: Activity = { ...ROW, kind: "log", time: 5 };
  fill(pending, log, INSIGHTS_PENDING_LOG_ROWS_MAX);
  expect(pending.size).toBe(INSIGHTS_PENDING_LOG_ROWS_MAX);
  for (let i = 0; i < 3; i++) pending.add({ ...log, pluginId: "test.talks" }, undefined);
  expect(pending.size).toBe(INSIGHTS_PENDING_LOG_ROWS_MAX);
  fill(pending, ROW, INSIGHTS_PENDING_ROWS_MAX - pending.size);
  expect(pending.size).toBe(INSIGHTS_PENDING_ROWS_MAX);
  pending.add(ROW, undefined);
  expect(pending.size).toBe(INSIGHTS_PENDING_ROWS_MAX);
  pending.tellDropped();
  pending.tellDropped();
  const rows = takeAll(pending);
  expect(rows).toHaveLength(INSIGHTS_PENDING_ROWS_MAX + 2);
  expect(rows.slice(-2).map(([time, plugin, , kind, , path]) => [time, plugin, kind, path])).toEqual([
    [5, "test.talks", "host", "/insights/dropped: 3 rows were dropped, more came than could be written"],
    [ROW.time, "test.one", "host", "/insights/dropped: 1 row was dropped, more came than could be written"],
  ]);
  pending.add(ROW, undefined);
  expect(takeAll(pending)).toHaveLength(1);
});

test("one plugin has its share, of rows and of lines of logs; others are recorded beside it", () => {
  const pending = new PendingRows();
  const log: Activity = { ...ROW, kind: "log" };
  const logs = INSIGHTS_PENDING_LOG_ROWS_MAX * INSIGHTS_PLUGIN_SHARE_MAX;
  for (let i = 0; i < logs + 1; i++) pending.add(log, undefined);
  expect(pending.size).toBe(logs);
  const others = INSIGHTS_PENDING_ROWS_MAX * INSIGHTS_PLUGIN_SHARE_MAX;
  for (let i = 0; i < others + 1; i++) pending.add(ROW, undefined);
  expect(pending.size).toBe(logs + others);
  for (const row of [log, ROW]) pending.add({ ...row, pluginId: "test.other" }, undefined);
  expect(pending.size).toBe(logs + others + 2);
});

test("what a crash leaves is taken in, however full it is", () => {
  const pending = new PendingRows();
  fill(pending, ROW, INSIGHTS_PENDING_ROWS_MAX);
  pending.add({ ...ROW, kind: "crash" }, undefined);
  pending.add({ ...ROW, kind: "tool", errorCode: "plugin_crashed" }, undefined);
  expect(pending.size).toBe(INSIGHTS_PENDING_ROWS_MAX + 2);
});

test.each([
  ["lines of logs", "log", INSIGHTS_PENDING_LOG_CHARS_MAX],
  ["all rows", "host", INSIGHTS_PENDING_CHARS_MAX],
] as const)("the texts of %s that wait are bounded, and become room again when they are taken", (_, kind, charsMax) => {
  const pending = new PendingRows();
  const row: Activity = { ...ROW, kind, request: "x".repeat(INSIGHTS_ROW_CHARS_KEPT_MAX - ROW.path.length) };
  const room = charsMax / INSIGHTS_ROW_CHARS_KEPT_MAX;
  fill(pending, row, room);
  expect(pending.size).toBe(room);
  fill(pending, { ...ROW, kind }, 1);
  expect(pending.size).toBe(room);
  expect(takeAll(pending)).toHaveLength(room);
  fill(pending, row, room * INSIGHTS_PLUGIN_SHARE_MAX + 1, 1);
  expect(pending.size).toBe(room * INSIGHTS_PLUGIN_SHARE_MAX);
});

test("a row with more text than may wait is cut at once, and its text is let go", () => {
  const pending = new PendingRows();
  let asked = 0;
  const redact = (text: string, charsMax: number) => {
    asked++;
    return text.slice(0, charsMax);
  };
  pending.add({ ...ROW, request: "x".repeat(INSIGHTS_ROW_CHARS_KEPT_MAX - ROW.path.length) }, redact);
  expect(asked).toBe(0);
  pending.add({ ...ROW, request: "x".repeat(INSIGHTS_ROW_CHARS_KEPT_MAX - ROW.path.length + 1) }, redact);
  expect(asked).toBe(2);
  // Many more than would fit, were they kept whole.
  const huge = "y".repeat(INSIGHTS_PENDING_CHARS_MAX);
  for (let i = 0; i < 100; i++) pending.add({ ...ROW, response: huge }, redact);
  expect(takeAll(pending)).toHaveLength(102);
});

test("request, response and path are cut at their limits, with a mark; one that just fits has none", () => {
  const cut = (chars: number) => `${"x".repeat(chars)}… (cut)`;
  const text = (chars: number) => "x".repeat(chars);
  expect(written({ request: text(INSIGHTS_BODY_CHARS_MAX) })["request"]).toBe(text(INSIGHTS_BODY_CHARS_MAX));
  expect(written({ request: text(INSIGHTS_BODY_CHARS_MAX + 1) })["request"]).toBe(cut(INSIGHTS_BODY_CHARS_MAX));
  expect(written({ response: text(1_000_000) })["response"]).toBe(cut(INSIGHTS_BODY_CHARS_MAX));
  expect(written({ path: text(INSIGHTS_PATH_CHARS_MAX) })["path"]).toBe(text(INSIGHTS_PATH_CHARS_MAX));
  expect(written({ path: text(INSIGHTS_PATH_CHARS_MAX + 1) })["path"]).toBe(cut(INSIGHTS_PATH_CHARS_MAX));
  expect(written({ method: text(INSIGHTS_NAME_CHARS_MAX) })["method"]).toBe(text(INSIGHTS_NAME_CHARS_MAX));
  expect(written({ method: text(INSIGHTS_NAME_CHARS_MAX + 1) })["method"]).toBe(text(INSIGHTS_NAME_CHARS_MAX));
});

test("secrets are taken out of path, request and response, also where the cut goes through one", () => {
  const secret = "very-secret-value";
  const redact = redactor(() => [secret]);
  const text = `${"x".repeat(INSIGHTS_BODY_CHARS_MAX - 5)}${secret} tail`;
  const { path, request, response } = written({ path: `/a/${secret}`, request: secret, response: text }, redact);
  expect(path).toBe("/a/[redacted]");
  expect(request).toBe("[redacted]");
  expect(response).not.toContain(secret.slice(0, 5));
  expect(written({ response: text.repeat(50) }, redact)["response"]).not.toContain(secret.slice(0, 5));
  expect(written({ response: `${secret}${"x".repeat(INSIGHTS_BODY_CHARS_MAX)}` }, redact)["response"]).toMatch(
    /cut\)$/,
  );
});

test("when secrets cannot be taken out, no text is kept", () => {
  const fails = () => {
    throw new Error("no");
  };
  const row = written({ path: "/p", request: "a", response: "b" }, fails);
  expect(row).toMatchObject({ path: "(left out)", request: null, response: null, method: "POST" });
});

test("a NUL and half a character become what a database can hold", () => {
  expect(written({ request: "a\0b\ud800c" })["request"]).toBe("a\ufffdb\ufffdc");
});

test("a batch that is given up is counted, plugin by plugin", () => {
  const pending = new PendingRows();
  for (let i = 0; i < 3; i++) pending.add(ROW, undefined);
  pending.add({ ...ROW, pluginId: "test.two" }, undefined);
  pending.drop(pending.take()!);
  pending.tellDropped();
  expect(takeAll(pending).map(([, plugin, , , , path]) => `${plugin} ${path}`)).toEqual([
    expect.stringContaining("test.one /insights/dropped: 3 rows were dropped"),
    expect.stringContaining("test.two /insights/dropped: 1 row was dropped"),
  ]);
});
