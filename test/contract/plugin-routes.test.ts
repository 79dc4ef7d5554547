// Routes of plugins from the request to the answer: a real plugin behind the real server, asked as clients do.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { HostError } from "../../src/protocol/errors.ts";
import { ROUTE_BURST_MAX } from "../../src/protocol/limits.ts";
import { failureOf } from "../../src/server/plugins/serve-route.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { openRaw, type RawAnswer, requestText, sendRaw, untilClosed } from "../helpers/served-host.ts";
import { type ServedPlugin, servePlugin } from "../helpers/served-plugin.ts";
import { tempDir } from "../helpers/temp-dir.ts";

let served: ServedPlugin;
/** The host that runs the plugin; it records what it does. */
let recording: Host;

beforeAll(async () => {
  served = await servePlugin({ instead: { native: async () => await recording.native() } });
  const { env, path } = served.home;
  recording = createHost({ paths: resolvePaths({ env, platform: process.platform }), env, cwd: path });
});

afterAll(async () => {
  await recording.stop();
  await served.stop();
  expect(served.bugs).toEqual([]);
});

async function ask(line: string, headers: readonly string[] = [], body = ""): Promise<RawAnswer> {
  return await sendRaw(served.port, requestOf(line, headers, body));
}

function requestOf(line: string, headers: readonly string[] = [], body = ""): string {
  const [method, path] = line.split(" ");
  const all = [`host: 127.0.0.1:${served.port}`, `x-osaurus-agent-id: ${served.agentId}`];
  const key = `authorization: Bearer ${served.key}`;
  return requestText(`${method} /plugins/${served.pluginId}${path}`, [...all, key, ...headers], body);
}

/** What the plugin was given. */
async function given(line: string, headers: readonly string[] = [], body?: string) {
  const answer = await ask(line, headers, body);
  expect([line, answer.status]).toEqual([line, 200]);
  return JSON.parse(answer.body) as Record<string, unknown> & { headers: Record<string, string> };
}

/** What becomes of an answer. */
async function answered(answer: unknown, method = "POST"): Promise<RawAnswer> {
  return await ask(`${method} /api/answer`, [], typeof answer === "string" ? answer : JSON.stringify(answer));
}

function refused({ status, body }: RawAnswer): string {
  return `${status} ${(JSON.parse(body) as { error: { message: string } }).error.message}`;
}

describe("the request", () => {
  test("comes with all that the plugin may want to know", async () => {
    const { headers, ...rest } = await given("GET /items/4%322?format=full", ["User-Agent: test"]);
    expect(rest).toEqual({
      route_id: "item",
      method: "GET",
      path: "/items/4%322?format=full",
      query: { format: "full" },
      path_params: { id: "422" },
      body: "",
      body_encoding: "utf8",
      remote_addr: "",
      plugin_id: served.pluginId,
      osaurus: {
        base_url: served.url,
        plugin_url: `${served.url}/plugins/${served.pluginId}`,
        agent_address: expect.any(String),
      },
    });
    expect(headers).toMatchObject({
      "user-agent": "test",
      "x-osaurus-agent-id": served.agentId,
      authorization: `Bearer ${served.key}`,
    });
  });

  test.each([
    ["GET /oauth/callback", "callback"],
    ["POST /webhooks/github", "webhook"],
    ["GET /items", "items"],
    ["POST /items", "items"],
    ["GET /items/special", "special_item"],
    ["GET /items/1", "item"],
    ["DELETE /items/1", "other_item"],
    ["GET /items/1/", "any_item"],
    ["GET /items/1/2", "any_item"],
  ])("%s is for the route %s", async (line, id) => {
    expect((await given(line))["route_id"]).toBe(id);
  });

  test.each(["PUT /items", "GET /webhooks/github", "GET /oauth/callback/", "GET /Items", "GET /"])(
    "%s is for none",
    async (line) => expect(refused(await ask(line))).toBe("404 No matching route"),
  );

  test("may have any text in its path, encoded; bytes that are not ASCII are no path", async () => {
    const segment = encodeURIComponent("ü€");
    const { path, path_params, query } = await given(`GET /items/${segment}?q=${segment}`);
    expect({ path, path_params, query }).toEqual({
      path: `/items/${segment}?q=${segment}`,
      path_params: { id: "ü€" },
      query: { q: "ü€" },
    });
    expect((await ask("GET /items/ü")).status).toBe(400);
  });

  test("has a flat query, of which the last counts", async () => {
    const query = "a=1&a=2&b&c=&d=x+y%20z&e=%zz&f%5B%5D=1&f%5B%5D=2&&=v&__proto__=p&g=a=b";
    expect(JSON.stringify((await given(`GET /api/echo?${query}`))["query"])).toBe(
      JSON.stringify(
        Object.fromEntries(
          Object.entries({ a: "2", b: "", c: "", d: "x+y z", e: "%zz", "f[]": "2", "": "v" }).concat([
            ["__proto__", "p"],
            ["g", "a=b"],
          ]),
        ),
      ),
    );
  });

  test("has headers in lower case, of which the last counts, and as text", async () => {
    const { headers } = await given("GET /api/echo", ["X-Twice: 1", "x-twice: 2", "X-Text: é€"]);
    expect(headers).toMatchObject({ "x-twice": "2", "x-text": "é€" });
  });

  test("has the cookies of the plugin, and none of the host's", async () => {
    const cookie = async (line: string) => (await given("GET /api/echo", [`Cookie: ${line}`])).headers["cookie"];
    expect(await cookie("a=1; osr_session=x; b=2;osr_agent=y; OSR_x=z")).toBe("a=1; b=2");
    expect(await cookie("osr_session=x; c=1")).toBe("c=1");
    expect(await cookie("osr_session=x")).toBeUndefined();
    expect(await cookie("a=1; my_osr_b=2")).toBe("a=1; my_osr_b=2");
  });

  test("has a body that is text, or base64", async () => {
    expect(await given("POST /api/echo", [], 'é"\\\n')).toMatchObject({ body: 'é"\\\n', body_encoding: "utf8" });
    const bytes = Buffer.from([0xff, 0, 0xfe]);
    const head = requestOf("POST /api/echo", [`content-length: ${bytes.length}`]);
    const { body } = await sendRaw(served.port, head, bytes);
    expect(JSON.parse(body)).toMatchObject({ body: bytes.toString("base64"), body_encoding: "base64" });
  });

  test("that is HEAD reaches the plugin as that, and is answered without the body", async () => {
    const get = await ask("GET /api/echo");
    const head = await ask("HEAD /api/echo");
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(Number(head.headers.get("content-length"))).toBe(get.body.length + 1);
  });
});

describe("the answer", () => {
  test("goes out as the plugin gave it", async () => {
    const answer = await answered({
      status: 201,
      headers: { "Content-Type": "application/json", "X-A": "b" },
      body: '{"é":1}',
    });
    expect([answer.status, answer.body, answer.headers.get("x-a")]).toEqual([201, '{"é":1}', "b"]);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("content-length")).toBe("8");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("gets no type that the plugin did not give it", async () => {
    for (const more of [{ body: "text" }, { body: "AAAA", body_encoding: "base64" }, {}]) {
      const { headers, status } = await answered({ status: 200, ...more });
      expect([status, headers.has("content-type")]).toEqual([200, false]);
    }
  });

  test("may be bytes", async () => {
    const socket = openRaw(served.port);
    const body = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    const answer = { status: 200, body: body.toString("base64"), body_encoding: "base64" };
    socket.write(requestOf("POST /api/answer", [], JSON.stringify(answer)));
    await new Promise((done) => socket.once("close", done));
    expect(Buffer.concat(chunks).subarray(-256).equals(body)).toBe(true);
  });

  test.each([204, 205, 304])("with status %i has no body, whatever the plugin says", async (status) => {
    const answer = await answered({ status, body: "text" });
    expect([answer.status, answer.body]).toEqual([status, ""]);
    if (status !== 205) expect(answer.headers.has("content-length")).toBe(false);
  });

  test("keeps what is the host's to say", async () => {
    const names = [
      "Connection",
      "Transfer-Encoding",
      "Content-Length",
      "Keep-Alive",
      "Upgrade",
      "Trailer",
      "Service-Worker-Allowed",
      "Clear-Site-Data",
      "Alt-Svc",
      "Strict-Transport-Security",
      "Date",
      "X-Content-Type-Options",
      "X-Hop",
    ];
    const headers = { ...Object.fromEntries(names.map((name) => [name, "x-hop"])), "X-Stays": "1" };
    const answer = await answered({ status: 200, headers, body: "text" });
    expect([answer.status, answer.body, answer.headers.get("x-stays")]).toEqual([200, "text", "1"]);
    expect([...answer.headers.values()]).not.toContain("x-hop");
  });

  test("sets cookies of the plugin's own", async () => {
    const cookies = ["a=1; Path=/", "osr_session=stolen", "b=2; Domain=localhost"];
    const socket = openRaw(served.port);
    socket.write(
      requestOf("POST /api/answer", [], JSON.stringify({ status: 200, headers: { "Set-Cookie": cookies } })),
    );
    const lines = (await untilClosed(socket)).split("\r\n").filter((line) => /^set-cookie:/i.test(line));
    const root = `Path=/plugins/${served.pluginId}/`;
    expect(lines.map((line) => line.slice("set-cookie: ".length))).toEqual([`a=1; ${root}`, `b=2; ${root}`]);
  });

  test.each([
    ["no JSON", "500 Invalid plugin response"],
    ["{}", "500 Invalid plugin response"],
    ['{"status":101}', "502 Invalid status in plugin response"],
    ['{"status":200,"body":"?","body_encoding":"base64"}', "502 Invalid base64 body in plugin response"],
    ['{"status":200,"headers":{"a":"b\\r\\nc: d"}}', "502 Invalid header in plugin response"],
  ])("%s is refused", async (answer, refusal) => {
    const found = await answered(answer);
    expect(refused(found)).toBe(refusal);
    expect(found.headers.get("cache-control")).toBe("no-store");
  });
});

describe("a plugin that fails", () => {
  test("by giving nothing is told of", async () => {
    expect(refused(await ask("GET /api/nothing"))).toBe("500 Plugin error: the route handler gave no answer");
  });

  test("by giving more than there is room for hurts nobody, and what just fits arrives", async () => {
    const tooMuch = await ask("POST /api/large", [], "200000000");
    expect(refused(tooMuch)).toMatch(/^500 Plugin error: the answer of plugin ".*" to handle_route is over 64 MiB$/);
    const much = await ask("POST /api/large", [], "60000000");
    expect([much.status, much.body.length]).toEqual([200, 60_000_000]);
  });

  test("does not fail by a request that becomes too long on its way", async () => {
    const answer = await ask("POST /api/echo", [], "\u0001".repeat(12_000_000));
    expect(refused(answer)).toMatch(/^500 Plugin error: the input cannot be handed to the plugin/);
    expect((await ask("GET /api/echo")).status).toBe(200);
  });

  test("by crashing fails this call, and serves the next one", async () => {
    const crashed = refused(await ask("POST /api/crash"));
    expect(crashed).toMatch(/^500 Plugin error: .*SIGABRT/);
    expect(crashed).not.toContain(served.home.path);
    expect((await fetch(`${served.url}/health`)).status).toBe(200);
    await vi.waitFor(async () => expect((await ask("GET /api/echo")).status).toBe(200), { timeout: 8_000 });
  });

  test("by taking too long, or for a reason of this machine's, tells neither places nor more than is known", () => {
    expect(failureOf(new HostError("plugin_timeout", "x")).message).toBe(
      "Plugin error: Plugin route handler timed out after 30s",
    );
    expect(failureOf(new HostError("runner_missing", "/some/where")).message).not.toContain("/some/where");
  });
});

test("a call goes on when its client is gone", async () => {
  const path = join(tempDir(), "go-on");
  const socket = openRaw(served.port);
  onTestFinished(() => void socket.destroy());
  socket.write(requestOf("POST /api/wait", [], path));
  await eventually(() => expect(existsSync(`${path}.begun`)).toBe(true));
  socket.destroy();
  expect((await ask("GET /api/echo")).status).toBe(200);
  expect(await rows("/api/wait")).toEqual([]);
  writeFileSync(path, "");
  await eventually(async () => expect((await rows("/api/wait"))[0]).toMatchObject({ status: 200, request: path }));
});

test("a plugin that declares a route and serves none says so", async () => {
  installFixture(served.home.env.OSAURUS_HOME!, "declares-unserved-routes");
  const url = `${served.url}/plugins/test.declares-unserved-routes/open`;
  const answer = await fetch(url, { headers: { "x-osaurus-agent-id": served.agentId } });
  expect([answer.status, await answer.json()]).toEqual([
    501,
    { error: { message: "Plugin does not support route handling" } },
  ]);
});

async function rows(path: string) {
  return (await (await recording.insights()).query({ limit: 200 })).filter((row) => row.path === path);
}

test("Insights shows what the client got, the path without its query, and bodies that are text", async () => {
  await ask("POST /api/answer?secret=1", [], '{"status":418,"body":"tea"}');
  expect((await rows("/api/answer"))[0]).toMatchObject({
    kind: "route",
    method: "POST",
    pluginId: served.pluginId,
    agentId: served.agentId,
    status: 418,
    request: '{"status":418,"body":"tea"}',
    response: "tea",
    errorCode: null,
  });
  await answered({ status: 200, body: "////", body_encoding: "base64" });
  expect((await rows("/api/answer"))[0]).toMatchObject({ status: 200, response: "(3 bytes that are no text)" });
  await answered({ status: 200, body: "dMOpYQ==", body_encoding: "base64" });
  expect((await rows("/api/answer"))[0]).toMatchObject({ status: 200, response: "téa" });
  await answered({ status: 700 });
  expect((await rows("/api/answer"))[0]).toMatchObject({
    status: 502,
    response: "Invalid status in plugin response",
    errorCode: "invalid_response",
  });
  await ask("GET /items/9?a=b");
  expect((await rows("/items/9"))[0]).toMatchObject({ status: 200, request: null });
  expect((await rows("/api/crash"))[0]).toMatchObject({ status: 500, errorCode: "plugin_crashed" });
});

test("the open routes of a plugin are asked so often and no more, the owner's as often as he likes", async () => {
  const other = await servePlugin({ fixture: "serves-owner-page" });
  onTestFinished(() => other.stop());
  const headers = { "x-osaurus-agent-id": other.agentId };
  const at = (path: string, more = {}) =>
    fetch(`${other.url}/plugins/${other.pluginId}${path}`, { headers: { ...headers, ...more } });
  await (await at("/api/open")).text();
  const answers = await Promise.all(Array.from({ length: ROUTE_BURST_MAX + 50 }, () => at("/api/open")));
  const late = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status !== 429 && status !== 200)).toEqual([]);
  expect(late.length).toBeGreaterThan(0);
  expect(await late[0]!.json()).toEqual({ error: { message: "Rate limit exceeded" } });
  expect(late[0]!.headers.get("retry-after")).toBe("1");
  expect((await at("/api/echo", { authorization: `Bearer ${other.key}` })).status).toBe(200);
  expect((await at("/ui/", { authorization: `Bearer ${other.key}` })).status).not.toBe(429);
});
