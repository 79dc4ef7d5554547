// Insights over the control API: rows of a real record, chosen, paged, counted, followed and exported.

import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { insightsPath } from "../../src/host/stores.ts";
import { Insights } from "../../src/insights/insights.ts";
import { execute, openDatabase } from "../../src/insights/insights-database.ts";
import type { Activity } from "../../src/protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import {
  INSIGHTS_BEHIND_ROWS_MAX,
  INSIGHTS_DURATION_MS_MAX,
  INSIGHTS_FILTER_CHARS_MAX,
  INSIGHTS_ID_MAX,
  INSIGHTS_ROWS_COUNTED_MAX,
  INSIGHTS_ROWS_LISTED_MAX,
  TASK_STREAMS_PER_KEY_MAX,
} from "../../src/protocol/limits.ts";
import { stopServer } from "../../src/server/listen.ts";
import { openRaw, requestText, type ServedHost, serveHost } from "../helpers/served-host.ts";

const PROGRAM = join(import.meta.dirname, "../../build/native/osprey-database");
const START = Date.parse("2026-03-01T12:00:00.000Z");

const ROW: Activity = {
  time: START,
  pluginId: "test.one",
  agentId: DEFAULT_AGENT_ID,
  kind: "host",
  method: "POST",
  path: "/host-api/db/exec",
  status: 200,
  durationMs: 1.25,
  request: "SELECT 1",
  response: '{"changes":0}',
  traceId: "trace-1",
};

const LOG = { kind: "log", method: "LOG", durationMs: 0, response: null } as const;

/** Each row is named by its path. */
const ROWS: readonly Partial<Activity>[] = [
  { path: "/a", time: START + 1_000, status: 404 },
  { path: "/b", time: START + 2_000, durationMs: 900, status: 500, errorCode: "internal" },
  { path: "/c", time: START + 3_000, pluginId: "test.two", kind: "tool", traceId: "trace-2", taskId: "task-1" },
  { path: "[INFO] d", time: START + 4_000, ...LOG, request: '{"user":7,"step":"parse","ok":true,"none":null}' },
  { path: "[INFO] e", time: START + 5_000, ...LOG, request: '{"user":"7","step":"write","deep":{"user":8}}' },
  { path: "[INFO] f", time: START + 6_000, ...LOG, request: "no JSON: user=7" },
  { path: "[INFO] g", time: START + 7_000, ...LOG, request: `{"user":7.0,"a\\"b'":1}` },
  { path: "/h", time: START + 8_000, agentId: "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE", request: '{"user":7}' },
];

let served: ServedHost;
let agentKey: string;
let recorder: Insights;
beforeAll(async () => {
  served = await serveHost();
  const path = insightsPath({ data: served.home.env["OSAURUS_HOME"]! });
  recorder = new Insights({
    path,
    program: PROGRAM,
    ageMsMax: Number.MAX_SAFE_INTEGER,
    warn(text) {
      throw new Error(text);
    },
  });
  await record(...ROWS);
  const { id } = await (await served.host.agents()).create({ name: "mine" });
  agentKey = (await (await served.host.accessKeys()).create({ name: "mine", agentId: id, expiresAt: null })).key;
});
afterAll(async () => {
  await recorder.stop();
  await served.stop();
});

async function record(...rows: Partial<Activity>[]): Promise<void> {
  for (const row of rows) recorder.record({ ...ROW, ...row });
  await recorder.flush();
}

/** Runs a statement in the record, as a host of many years would have left it. */
async function inRecord(sql: string): Promise<void> {
  const { db, ready } = openDatabase(PROGRAM, insightsPath({ data: served.home.env["OSAURUS_HOME"]! }));
  await ready;
  await execute(db, sql).finally(() => db.close());
}

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${served.url}/api/v1/insights${path}`, {
    headers: { authorization: `Bearer ${served.key}`, ...headers },
  });
}

interface Listed {
  readonly rows: readonly { readonly id: number; readonly path: string; readonly time: string }[];
  readonly top_id: number;
  readonly next: string | null;
  readonly total: number | null;
}

async function list(query: Record<string, string | number> = {}): Promise<Listed> {
  const answer = await get(`?${new URLSearchParams(query as Record<string, string>)}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Listed;
}

const paths = ({ rows }: Pick<Listed, "rows">) => rows.map(({ path }) => path.at(-1)).join("");

describe("a list", () => {
  test("has all of a row but its texts, newest first, and counts when it is asked to", async () => {
    const { rows, total, next } = await list({ count: "true" });
    expect(paths({ rows })).toBe("hgfedcba");
    expect([total, next]).toEqual([8, null]);
    expect(rows[6]).toEqual({
      id: 2,
      time: "2026-03-01T12:00:02.000Z",
      plugin_id: "test.one",
      agent_id: DEFAULT_AGENT_ID,
      kind: "host",
      method: "POST",
      path: "/b",
      status: 500,
      duration_ms: 900,
      error_code: "internal",
      trace_id: "trace-1",
      task_id: null,
    });
    expect((await list()).total).toBeNull();
  });

  test.each([
    [{ plugin: "test.two" }, "c"],
    [{ agent: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" }, "h"],
    [{ agent: "default", kind: "tool" }, "c"],
    [{ kind: "log" }, "gfed"],
    [{ status: "4xx" }, "a"],
    [{ status: "error" }, "ba"],
    [{ min_ms: 900 }, "b"],
    [{ min_ms: 901 }, ""],
    [{ since: "2026-03-01T12:00:07Z" }, "hg"],
    [{ until: "2026-03-01T12:00:02Z" }, "a"],
    [{ text: "info" }, "gfed"],
    [{ text: "' OR 1=1 --" }, ""],
    [{ trace: "trace-2" }, "c"],
    [{ task: "task-1" }, "c"],
    [{ field: "user=7" }, "ged"],
    [{ field: "user" }, "ged"],
    [{ field: "user=8" }, ""],
    [{ field: "step=parse" }, "d"],
    [{ field: "ok=true" }, "d"],
    [{ field: "ok=1" }, ""],
    [{ field: "step=text" }, ""],
    [{ field: "none=null" }, "d"],
    [{ field: `a"b'=1` }, "g"],
    [{ field: "$.user=7" }, ""],
    [{ field: "user=7", plugin: "test.two" }, ""],
    [{ limit: 2 }, "hg"],
    [{ limit: 2, offset: 3 }, "ed"],
  ])("has what %j lets through, and counts the same", async (query, wanted) => {
    const { limit: _, offset: __, ...filter } = query as Record<string, string | number>;
    expect(paths(await list(query as never))).toBe(wanted);
    if (Object.keys(filter).length > 0) expect((await list({ ...filter, count: "true" })).total).toBe(wanted.length);
  });

  test.each([
    ["kind=bogus", "kind"],
    ["status=40", "status"],
    ["min_ms=-1", "min_ms"],
    [`min_ms=${INSIGHTS_DURATION_MS_MAX + 1}`, "min_ms"],
    ["since=yesterday", "since"],
    ["until=1y", "until"],
    ["field=%3D7", "field"],
    ["before=x", "before"],
    ["text=a%00b", "text"],
    [`text=${"x".repeat(INSIGHTS_FILTER_CHARS_MAX + 1)}`, "text"],
    ["limit=0", undefined],
    [`offset=${INSIGHTS_ID_MAX + 1}`, undefined],
    [`limit=${INSIGHTS_ROWS_LISTED_MAX + 1}`, undefined],
    ["bogus=1", undefined],
    ["text=a&text=b", undefined],
  ])("does not take %s", async (query, param) => {
    const answer = await get(`?${query}`);
    const { error } = (await answer.json()) as { error: { code: string; message: string; details?: object } };
    expect([answer.status, error.code]).toEqual([400, "request_invalid"]);
    if (param !== undefined && param !== "before") expect(error.details).toEqual({ param });
  });

  test("takes as much as its limits say", async () => {
    const text = "x".repeat(INSIGHTS_FILTER_CHARS_MAX);
    expect(await list({ text, limit: INSIGHTS_ROWS_LISTED_MAX })).toMatchObject({ rows: [] });
    expect(await list({ min_ms: INSIGHTS_DURATION_MS_MAX, offset: INSIGHTS_ID_MAX })).toMatchObject({ rows: [] });
    expect((await get("?agent=nobody")).status).toBe(404);
  });

  test("goes on where it was while rows come, also rows that began earlier", async () => {
    const first = await list({ limit: 3 });
    await record({ path: "/late", time: START + 6_500 }, { path: "/new", time: START + 9_000 });
    const rest = { limit: 3, top_id: first.top_id };
    expect(paths(first) + paths(await list({ ...rest, offset: 3 }))).toBe("hgfedc");
    const second = await list({ ...rest, before: first.next! });
    const third = await list({ ...rest, before: second.next! });
    expect(paths(first) + paths(second) + paths(third)).toBe("hgfedcba");
    expect(third.next).toBeNull();
  });

  test("counts up to its bound, and no further", async () => {
    const insert = (from: number, to: number) =>
      inRecord(
        `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
         INSERT INTO activity (time, plugin_id, kind, method, status, duration_ms, path)
         SELECT i, 'test.many', 'host', 'POST', 200, i % 1000, '/m' FROM n`,
      );
    await insert(1, INSIGHTS_ROWS_COUNTED_MAX - 1);
    expect((await list({ plugin: "test.many", count: "true" })).total).toBe(INSIGHTS_ROWS_COUNTED_MAX - 1);
    await insert(INSIGHTS_ROWS_COUNTED_MAX, INSIGHTS_ROWS_COUNTED_MAX + 1);
    expect((await list({ plugin: "test.many", count: "true" })).total).toBe(INSIGHTS_ROWS_COUNTED_MAX);
    const deep = await list({ plugin: "test.many", offset: INSIGHTS_ROWS_COUNTED_MAX - 1, limit: 10 });
    expect(deep.rows.map(({ time }) => Date.parse(time))).toEqual([2, 1]);
  });
});

interface ErrorBody {
  readonly error: { readonly code: string };
}

test("one row has its texts; what is no row is not there", async () => {
  expect(await (await get("/2")).json()).toMatchObject({ path: "/b", request: "SELECT 1", response: '{"changes":0}' });
  for (const id of ["0", "99999999", "x", "2%20", "9".repeat(40)]) {
    const answer = await get(`/${id}`);
    expect([answer.status, ((await answer.json()) as ErrorBody).error.code], id).toEqual([404, "insight_unknown"]);
  }
});

test("figures are those of calls, over time and plugin by plugin", async () => {
  const query = new URLSearchParams({ since: "2026-03-01T12:00:00Z", until: "2026-03-01T12:00:09Z" });
  const answer = (await (await get(`/summary?${query}`)).json()) as Record<string, unknown>;
  expect(answer).toMatchObject({ calls: 5, errors: 2, p50_ms: 1.25, p95_ms: 900, bucket_ms: 1_000 });
  expect(answer["buckets"]).toHaveLength(5);
  expect((answer["buckets"] as unknown[])[1]).toEqual({
    time: "2026-03-01T12:00:02.000Z",
    ...{ calls: 1, errors: 1, p50_ms: 900, p95_ms: 900 },
  });
  expect(answer["plugins"]).toMatchObject([
    { plugin_id: "test.one", calls: 4, errors: 2 },
    { plugin_id: "test.two", calls: 1, errors: 0, p95_ms: 1.25 },
  ]);
  const { plugins } = (await (await get("/plugins")).json()) as { plugins: string[] };
  expect(plugins).toEqual(["test.many", "test.one", "test.two"]);
});

interface News {
  readonly event: string;
  readonly id: number;
  readonly data: unknown;
}

/** Reads a stream of events as slowly as the test likes; it ends with the test. */
async function follow(query: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const response = await fetch(`${served.url}/api/v1/insights/live${query}`, {
    headers: { authorization: `Bearer ${served.key}`, accept: "text/event-stream", ...headers },
    signal: leaving.signal,
  });
  expect(response.status).toBe(200);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<News> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      const block = end === -1 ? undefined : text.slice(0, end);
      if (block === undefined) {
        const { value, done } = await reader.read();
        if (done) throw new Error("the stream is over");
        text += value;
        continue;
      }
      text = text.slice(end + 2);
      const lines = new Map(block.split("\n").map((line) => line.split(/: (.*)/, 2) as [string, string]));
      if (!lines.has("data")) continue;
      return { event: lines.get("event")!, id: Number(lines.get("id")), data: JSON.parse(lines.get("data")!) };
    }
  };
  const rows = async (count: number): Promise<{ id: number; path: string }[]> => {
    const got: { id: number; path: string }[] = [];
    while (got.length < count) {
      const { event, data } = await next();
      expect(event).toBe("rows");
      got.push(...(data as typeof got));
    }
    return got;
  };
  return { next, rows };
}

describe("whoever follows", () => {
  test("gets rows that fit as they are written, in lists, without their texts", async () => {
    const { top_id } = await list();
    const stream = await follow(`?after=${top_id}&plugin=test.live`);
    await record({ path: "/other" }, { path: "/x", pluginId: "test.live" }, { path: "/y", pluginId: "test.live" });
    const { event, data, id } = await stream.next();
    expect([event, id, (data as object[]).length]).toEqual(["rows", top_id + 3, 2]);
    expect((data as object[])[0]).not.toHaveProperty("request");
    expect(data).toMatchObject([{ path: "/x" }, { path: "/y" }]);
  });

  test("misses none that were written while it read nothing, nor while it was away", async () => {
    const { top_id } = await list();
    const stream = await follow(`?after=${top_id}`);
    const count = 6_000;
    const path = `/${"long".repeat(200)}`;
    await record(...Array.from({ length: count }, () => ({ path })));
    const got = await stream.rows(count);
    expect(got.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, at) => top_id + 1 + at));
    const again = await follow(`?after=${top_id}`, { "last-event-id": String(top_id + count - 1) });
    expect((await again.rows(1)).map(({ id }) => id)).toEqual([top_id + count]);
  });

  test("is told when it is so far behind that rows are left out", async () => {
    const { top_id } = await list();
    const at = await follow(`?after=${top_id - INSIGHTS_BEHIND_ROWS_MAX}`);
    expect(await at.next()).toMatchObject({ event: "rows" });
    const past = await follow(`?after=${top_id - INSIGHTS_BEHIND_ROWS_MAX - 1}`);
    expect(await past.next()).toMatchObject({ event: "skipped", data: { rows: 1 } });
    expect(await past.rows(INSIGHTS_BEHIND_ROWS_MAX)).toHaveLength(INSIGHTS_BEHIND_ROWS_MAX);
  });

  test("can ask again and again in place of a stream", async () => {
    const { top_id } = await list();
    expect(await (await get("/live")).json()).toEqual({ rows: [], next: top_id });
    await record({ path: "/polled" });
    const answer = await (await get(`/live?after=${top_id}`)).json();
    expect(answer).toMatchObject({ rows: [{ path: "/polled" }], next: top_id + 1 });
  });
});

describe("a file", () => {
  const HOSTILE = '=HYPERLINK("http://evil.example"),1';

  beforeAll(async () => {
    const request = 'line one\n"two", three';
    await record({ pluginId: "test.file", path: HOSTILE, request, response: "+1", durationMs: 2 });
    await record(
      ...Array.from({ length: 1_200 }, (_, i) => ({ pluginId: "test.file", path: `/${i}`, time: START + i })),
    );
  });

  test("has whole rows, a JSON text a line, all that the filter lets through", async () => {
    const answer = await get("/export?plugin=test.file");
    expect(answer.headers.get("content-type")).toContain("application/x-ndjson");
    expect(answer.headers.get("content-disposition")).toMatch(
      /^attachment; filename="insights-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.jsonl"$/,
    );
    const rows = (await answer.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(1_201);
    expect(rows.filter(({ path }) => path === HOSTILE)).toMatchObject([{ response: "+1", plugin_id: "test.file" }]);
  });

  test("as CSV has quotes where they are needed, and nothing that a program for tables would run", async () => {
    const answer = await get("/export?plugin=test.file&min_ms=2&format=csv");
    expect(answer.headers.get("content-type")).toContain("text/csv");
    const [head, row] = (await answer.text()).split(/\r\n(?=\d|$)/);
    expect(head).toMatch(/^id,time,plugin_id,.*,request,response$/);
    expect(row).toContain(`,"'=HYPERLINK(""http://evil.example""),1",`);
    expect(row).toMatch(/,"line one\n""two"", three",'\+1$/);
  });

  test.each(["=1", "+1", "-1", "@a", "|a", "%a", "\t=1", "  =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20a"])(
    "as CSV has a text where a program for tables would see a formula: %j",
    async (response) => {
      const taskId = `formula-${response.codePointAt(0)}-${response.length}`;
      await record({ pluginId: "test.formula", taskId, response });
      const lines = (await (await get(`/export?task=${taskId}&format=csv`)).text()).trimEnd().split("\r\n");
      expect(lines[1]!.replaceAll('"', "").endsWith(`,'${response}`)).toBe(true);
    },
  );

  test("is refused before it begins when its wish is none", async () => {
    expect((await get("/export?format=xlsx")).status).toBe(400);
    expect((await get("/export?kind=bogus")).status).toBe(400);
  });

  test("is not read on for somebody who left", async () => {
    const leaving = new AbortController();
    const pages = (await served.host.insights()).pages({ limit: 2_000, pluginId: "test.file" }, leaving.signal);
    expect((await pages.next()).value).toHaveLength(500);
    leaving.abort();
    await expect(pages.next()).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("a file that somebody has begun to read", () => {
  /** Another server over the same record, which soon sees that a key is gone or that nobody reads. */
  async function eager(times: { keyLookMs?: number; unreadMs?: number } = {}): Promise<ServedHost> {
    const one = await serveHost({ times, instead: { insights: () => served.host.insights() } });
    onTestFinished(() => one.stop());
    return one;
  }

  /** Begins to read more than the system takes from the server meanwhile, and stops; resolves when the server waits for it. */
  async function stall({ port, server }: ServedHost, key: string): Promise<void> {
    const connected = once(server.app.server, "connection") as Promise<[Socket]>;
    const socket = openRaw(port);
    onTestFinished(() => void socket.destroy());
    socket.write(requestText("GET /api/v1/insights/export?plugin=test.stalled", authorized(key)));
    await once(socket, "data");
    socket.pause();
    const [ofServer] = await connected;
    let bytes = 0;
    const isStill = () => {
      const before = bytes;
      bytes = ofServer.bytesWritten;
      return ofServer.destroyed || (ofServer.writableNeedDrain && bytes === before);
    };
    await expect.poll(isStill, { interval: 50 }).toBe(true);
  }

  const authorized = (key: string) => ["host: 127.0.0.1", `authorization: Bearer ${key}`];
  const connections = async ({ server: { app } }: ServedHost) =>
    await promisify(app.server.getConnections.bind(app.server))();

  beforeAll(async () => {
    await inRecord(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
       INSERT INTO activity (time, plugin_id, kind, method, status, duration_ms, path, request)
       SELECT i, 'test.stalled', 'host', 'POST', 200, 1, '/s', hex(zeroblob(2048)) FROM n`,
    );
  });

  test("ends with the key that let the reader in, also while nothing is read", async () => {
    const one = await eager({ keyLookMs: 20 });
    const keys = await one.host.accessKeys();
    const mine = await keys.create({ name: "mine", agentId: null, expiresAt: null });
    await stall(one, one.key);
    await stall(one, mine.key);
    await keys.revoke(mine.entry.id);
    await expect.poll(() => connections(one)).toBe(1);
    expect(one.bugs).toEqual([]);
  });

  test("ends when nothing is read for long", async () => {
    const one = await eager({ unreadMs: 100 });
    await stall(one, one.key);
    await expect.poll(() => connections(one)).toBe(0);
    expect(one.bugs).toEqual([]);
  });

  test("does not keep the host from stopping", async () => {
    const one = await eager();
    await stall(one, one.key);
    await stopServer(one.server, 600_000);
    expect(one.bugs).toEqual([]);
  });

  test("counts as a stream for as long as it is read", async () => {
    const one = await eager();
    const wanted = (path: string, init?: RequestInit) =>
      fetch(`${one.url}/api/v1/insights${path}`, { headers: { authorization: `Bearer ${one.key}` }, ...init });
    for (let at = 0; at <= TASK_STREAMS_PER_KEY_MAX; at++) {
      const answer = await wanted("/export?plugin=nobody");
      expect([answer.status, await answer.text()]).toEqual([200, ""]);
    }
    const leaving = new AbortController();
    onTestFinished(() => leaving.abort());
    const headers = { authorization: `Bearer ${one.key}`, accept: "text/event-stream" };
    const live = Array.from({ length: TASK_STREAMS_PER_KEY_MAX }, () =>
      wanted("/live", { headers, signal: leaving.signal }),
    );
    for (const { status } of await Promise.all(live)) expect(status).toBe(200);
    expect((await wanted("/export")).status).toBe(429);
  });
});

test("a question that its asker does not wait for is no failure of the host", async () => {
  const leaving = new AbortController();
  const asked = Array.from({ length: 8 }, () =>
    fetch(`${served.url}/api/v1/insights?text=nothing&count=true`, {
      headers: { authorization: `Bearer ${served.key}` },
      signal: leaving.signal,
    }),
  );
  await get("?limit=1");
  leaving.abort();
  await Promise.allSettled(asked);
  expect((await get("?limit=1")).status).toBe(200);
  expect(served.bugs).toEqual([]);
});

test("nothing of it is for whoever has no key, or a key for one agent", async () => {
  for (const path of ["", "/1", "/live", "/summary", "/plugins", "/export"]) {
    expect((await get(path, { authorization: "" })).status, path).toBe(401);
    expect((await get(path, { authorization: `Bearer ${agentKey}` })).status, path).toBe(403);
  }
});

test("when all rows are removed, whoever follows is told so, and goes on", async () => {
  const { top_id } = await list();
  const stream = await follow(`?after=${top_id}`);
  await (await served.host.insights()).clear();
  expect(await stream.next()).toMatchObject({ event: "cleared" });
  await record({ path: "/after" });
  expect((await stream.rows(1))[0]).toMatchObject({ path: "/after" });
});
