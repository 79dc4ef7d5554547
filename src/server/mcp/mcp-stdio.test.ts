// The server on streams, with a shelf of the test's own: what a client writes and reads, to the letter.

import { PassThrough } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { AGENT, makeShelf, type Run, untilGivenUp } from "../../../test/helpers/mcp-shelf.ts";
import {
  JSON_VALUES_MAX,
  MCP_LIST_PAGE_TOOLS_MAX,
  MCP_MESSAGE_BYTES_MAX,
  MCP_REQUESTS_OPEN_MAX,
} from "../../protocol/limits.ts";
import { McpServer } from "./mcp-server.ts";
import { type StdioOptions, serveMcpOverStdio } from "./mcp-stdio.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever the server says.
type Json = Record<string, any>;

const NEWER = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

function start(runs: Readonly<Record<string, Run>> = {}, more: Partial<StdioOptions> = {}) {
  const shelf = makeShelf(runs);
  const server = new McpServer(shelf);
  const [input, output] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const ended = serveMcpOverStdio(server, { input, output, agent: () => AGENT, signal: stop.signal, ...more });
  onTestFinished(async () => {
    stop.abort();
    await ended;
    server.close();
  });
  const said: Json[] = [];
  const waiting = new Set<() => void>();
  let rest = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    said.push(...lines.map((line) => JSON.parse(line) as Json));
    for (const look of [...waiting]) look();
  });
  /** The first message that fits; waits for it. */
  const message = (fits: (message: Json) => boolean): Promise<Json> =>
    new Promise((resolve) => {
      const look = () => {
        const found = said.find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  let lastId = 0;
  const write = (value: unknown) => void input.write(`${typeof value === "string" ? value : JSON.stringify(value)}\n`);
  const send = (method: string, params: object = {}) => {
    const id = ++lastId;
    write({ jsonrpc: "2.0", id, method, params });
    return id;
  };
  const ask = async (method: string, params: object = {}) => {
    const id = send(method, params);
    return await message((one) => one["id"] === id);
  };
  const notify = (method: string, params: object = {}) => write({ jsonrpc: "2.0", method, params });
  return { shelf, input, output, stop, ended, said, message, write, send, ask, notify };
}

const call = (name: string, more: object = {}) => ({ name, arguments: {}, ...more });

test.each(["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])(
  "a session of %s is begun as asked",
  async (asked) => {
    const { ask } = start();
    const { result } = await ask("initialize", { protocolVersion: asked, capabilities: {}, clientInfo: {} });
    expect(result).toMatchObject({ protocolVersion: asked, capabilities: { tools: { listChanged: true } } });
    expect(Object.keys(result.capabilities)).toEqual(["tools"]);
  },
);

test("a revision that is not known is answered with the newest that begins sessions", async () => {
  const { ask } = start();
  expect((await ask("initialize", { protocolVersion: "2099-01-01" })).result.protocolVersion).toBe("2025-11-25");
});

test("requests of both eras are served on one line, and each method only in its own", async () => {
  const { ask } = start({ hello: () => "hi" });
  const _meta = NEWER;
  expect((await ask("ping")).result).toEqual({});
  expect((await ask("logging/setLevel", { level: "info" })).result).toEqual({});
  expect((await ask("logging/setLevel", { level: "loud" })).error.code).toBe(-32602);
  expect((await ask("ping", { _meta })).error.code).toBe(-32601);
  expect((await ask("server/discover")).error.code).toBe(-32601);
  const found = (await ask("server/discover", { _meta })).result;
  expect(found).toMatchObject({ resultType: "complete", supportedVersions: ["2026-07-28"], ttlMs: 0 });
  expect((await ask("tools/call", call("hello"))).result).toEqual({ content: [{ type: "text", text: "hi" }] });
  expect((await ask("tools/call", call("hello", { _meta }))).result).toMatchObject({ resultType: "complete" });
  expect((await ask("resources/list")).error.code).toBe(-32601);
});

test.each([
  ["no revision", { "io.modelcontextprotocol/clientCapabilities": {} }, -32602],
  ["no capabilities", { "io.modelcontextprotocol/protocolVersion": "2026-07-28" }, -32602],
  ["a revision that is not served", { ...NEWER, "io.modelcontextprotocol/protocolVersion": "v999" }, -32022],
])("a request that says in part what it speaks is refused: %s", async (_, _meta, code) => {
  const { ask } = start();
  expect((await ask("tools/list", { _meta })).error.code).toBe(code);
});

test("tools are listed with what is known of them, and nothing that asks for headers", async () => {
  const { shelf, ask } = start();
  const inputSchema = { type: "object", properties: { a: { type: "string", "x-mcp-header": "A" } }, $defs: {} };
  shelf.put("t", () => "", { inputSchema, annotations: { title: "T", readOnlyHint: true } });
  const { result } = await ask("tools/list");
  expect(result).toEqual({
    tools: [
      {
        name: "t",
        title: "T",
        description: "does t",
        inputSchema: { type: "object", properties: { a: { type: "string" } }, $defs: {} },
        annotations: { title: "T", readOnlyHint: true },
      },
    ],
  });
});

test("a long list comes in pages, which do not shift when a tool goes between them", async () => {
  const { shelf, ask } = start();
  for (let i = 0; i <= MCP_LIST_PAGE_TOOLS_MAX; i++) shelf.put(`t${i}`, () => "");
  const first = (await ask("tools/list")).result;
  expect(first.tools.length).toBe(MCP_LIST_PAGE_TOOLS_MAX);
  shelf.tools.shift();
  const second = (await ask("tools/list", { cursor: first.nextCursor })).result;
  expect(second.tools.map((tool: Json) => tool["name"])).toEqual([`t${MCP_LIST_PAGE_TOOLS_MAX}`]);
  expect(second.nextCursor).toBe(undefined);
  expect((await ask("tools/list", { cursor: "nonsense" })).error.code).toBe(-32602);
  shelf.tools.length = MCP_LIST_PAGE_TOOLS_MAX;
  expect((await ask("tools/list")).result.nextCursor).toBe(undefined);
});

test("arguments reach the tool as they were written", async () => {
  const { shelf, write, message } = start({ t: () => "" });
  const given = '{"id":12345678901234567891,"f":1.0,"__proto__":1}';
  write(`{"jsonrpc":"2.0","id":"big","method":"tools/call","params":{"name":"t","arguments":${given}}}`);
  await message((one) => one["id"] === "big");
  expect(shelf.calls[0]!.input).toBe(given);
});

test.each([
  ["a tool that is not there", call("nope")],
  ["no name", { arguments: {} }],
  ["a name that is a number", call(1 as unknown as string)],
  ["arguments in a list", { name: "t", arguments: [1] }],
])("a call that makes no sense is an error of the protocol: %s", async (_, params) => {
  const { ask } = start({ t: () => "" });
  expect((await ask("tools/call", params)).error.code).toBe(-32602);
});

test("a tool that fails gives a result that says so", async () => {
  const { ask } = start({ t: () => '{"ok":false,"kind":"unavailable","message":"not today"}' });
  const { result } = await ask("tools/call", call("t"));
  expect(result).toMatchObject({ isError: true, structuredContent: { kind: "unavailable" } });
});

test("a bug in the host is told without where it happened", async () => {
  const { ask } = start({
    t() {
      throw new Error("secret place");
    },
  });
  const { error } = await ask("tools/call", call("t"));
  expect(error.code).toBe(-32603);
  expect(JSON.stringify(error)).not.toContain("mcp-stdio");
});

test("a cancelled call is given up and gets no answer", async () => {
  const { shelf, send, ask, notify, said } = start({ t: untilGivenUp });
  const id = send("tools/call", call("t"));
  await ask("ping");
  notify("notifications/cancelled", { requestId: id });
  await ask("ping");
  expect(shelf.calls[0]!.signal!.aborted).toBe(true);
  expect(said.some((one) => one["id"] === id)).toBe(false);
});

test("a call with an id that is larger than numbers hold is cancelled by it, and not by one that is near", async () => {
  const { shelf, write, ask } = start({ t: untilGivenUp });
  const cancel = (id: string) =>
    write(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id}}}`);
  write('{"jsonrpc":"2.0","id":12345678901234567891,"method":"tools/call","params":{"name":"t"}}');
  cancel("12345678901234567890");
  await ask("ping");
  expect(shelf.calls[0]!.signal!.aborted).toBe(false);
  cancel("12345678901234567891");
  await ask("ping");
  expect(shelf.calls[0]!.signal!.aborted).toBe(true);
});

test("a message of more values than are read exactly is refused, and the connection goes on", async () => {
  const { shelf, write, ask, message } = start({ t: () => "x" });
  const zeros = `[${"0,".repeat(JSON_VALUES_MAX)}0]`;
  write(`{"jsonrpc":"2.0","id":1e300,"method":"ping","params":{"a":${zeros}}}`);
  await message((one) => one["error"]?.code === -32600);
  const exact = `{"big":12345678901234567891,"a":${zeros}}`;
  write(`{"jsonrpc":"2.0","id":"args","method":"tools/call","params":{"name":"t","arguments":${exact}}}`);
  expect((await message((one) => one["id"] === "args"))["error"].code).toBe(-32602);
  expect(shelf.calls.length).toBe(0);
  expect((await ask("ping")).result).toEqual({});
});

test("a mistake of ours about one message does not end the connection", async () => {
  const { ask, write, message } = start();
  onTestFinished(() => void vi.restoreAllMocks());
  const parse = vi.spyOn(JSON, "stringify").mockImplementationOnce(() => {
    throw new TypeError("secret place");
  });
  write('{"jsonrpc":"2.0","id":"odd","method":"ping"}');
  const { error } = await message((one) => one["error"] !== undefined);
  parse.mockRestore();
  expect(error.code).toBe(-32603);
  expect((await ask("ping")).result).toEqual({});
});

test("cancelling what is not open, or nonsense, changes nothing", async () => {
  const { ask, notify } = start();
  for (const params of [{}, { requestId: 99 }, { requestId: null }, { requestId: {} }]) {
    notify("notifications/cancelled", params);
  }
  expect((await ask("ping")).result).toEqual({});
});

test("progress is told to those who gave a token, and ends with the call", async () => {
  const { send, message, said } = start({
    async t() {
      await message((one) => one["params"]?.progress > 0);
      return "done";
    },
  });
  const id = send("tools/call", call("t", { _meta: { progressToken: "p" } }));
  await message((one) => one["id"] === id);
  const progress = said.filter((one) => one["method"] === "notifications/progress").map((one) => one["params"]);
  expect(progress.length).toBeGreaterThanOrEqual(2);
  expect(progress.every((one) => one.progressToken === "p")).toBe(true);
  expect(progress.every((one, at) => at === 0 || one.progress > progress[at - 1]!.progress)).toBe(true);
  expect(said.findIndex((one) => one["id"] === id)).toBe(said.length - 1);
});

test("clients that began a session are told of changes, others are not", async () => {
  const { shelf, ask, message, said } = start();
  await ask("ping");
  shelf.put("early", () => "");
  await ask("initialize", { protocolVersion: "2025-11-25" });
  shelf.put("late", () => "");
  shelf.put("later", () => "");
  await message((one) => one["method"] === "notifications/tools/list_changed");
  expect(said.filter((one) => one["method"] === "notifications/tools/list_changed").length).toBe(1);
});

test("a subscription is acknowledged, tells what was asked for, and ends with an answer", async () => {
  const { shelf, send, message, input, ended, said } = start();
  const notifications = { toolsListChanged: true, promptsListChanged: true };
  const id = send("subscriptions/listen", { _meta: NEWER, notifications });
  const meta = { _meta: { "io.modelcontextprotocol/subscriptionId": id } };
  const first = await message((one) => one["method"] === "notifications/subscriptions/acknowledged");
  expect(first["params"]).toEqual({ ...meta, notifications: { toolsListChanged: true } });
  shelf.changed();
  const change = await message((one) => one["method"] === "notifications/tools/list_changed");
  expect(change["params"]).toEqual(meta);
  input.end();
  await ended;
  expect(said.at(-1)).toEqual({ jsonrpc: "2.0", id, result: { resultType: "complete", ...meta } });
});

test("a cancelled subscription says nothing any more", async () => {
  const { shelf, send, ask, notify, message, said } = start();
  const id = send("subscriptions/listen", { _meta: NEWER, notifications: { toolsListChanged: true } });
  await message((one) => one["method"] === "notifications/subscriptions/acknowledged");
  notify("notifications/cancelled", { requestId: id });
  await ask("initialize", { protocolVersion: "2025-11-25" });
  shelf.changed();
  await message((one) => one["method"] === "notifications/tools/list_changed");
  const changes = said.filter((one) => one["method"] === "notifications/tools/list_changed");
  expect(changes.map((one) => one["params"])).toEqual([undefined]);
});

test("lines that are no messages are answered, and the next one is served", async () => {
  const { ask, write, message } = start();
  write("nonsense");
  write("[]");
  write("");
  write('{"jsonrpc":"2.0","id":5,"result":{}}');
  expect((await message((one) => one["error"]?.code === -32700))["id"]).toBe(undefined);
  await message((one) => one["error"]?.code === -32600);
  expect((await ask("ping")).result).toEqual({});
});

test("a message that is too long is refused, one at the limit is not", async () => {
  const { shelf, input, ask, message } = start({ t: () => "fits" });
  const head = '{"jsonrpc":"2.0","id":"long","method":"tools/call","params":{"name":"t","arguments":{"a":"';
  const tail = '"}}}';
  const fill = MCP_MESSAGE_BYTES_MAX - head.length - tail.length;
  input.write(`${head}${"x".repeat(fill)}${tail}\n`);
  expect((await message((one) => one["id"] === "long"))["result"].content[0].text).toBe("fits");
  input.write(`${head}${"x".repeat(fill + 1)}${tail}\n`);
  await message((one) => one["error"]?.code === -32600);
  expect(shelf.calls.length).toBe(1);
  expect((await ask("ping")).result).toEqual({});
});

test("so many requests may be open, more wait for those, and ids that are open or wait are not taken twice", async () => {
  const { shelf, send, ask, write, message, notify, said } = start({ t: untilGivenUp });
  const first = send("tools/call", call("t"));
  const refused = (id: number) => message((one) => one["id"] === id && one["error"]?.code === -32600);
  write({ jsonrpc: "2.0", id: first, method: "ping" });
  await refused(first);
  for (let i = 2; i < MCP_REQUESTS_OPEN_MAX; i++) send("tools/call", call("t"));
  expect((await ask("ping")).result).toEqual({}); // The last that may be open.
  const last = send("tools/call", call("t"));
  const [waits, cancelled] = [send("ping"), send("tools/call", call("t"))];
  notify("notifications/cancelled", { requestId: cancelled });
  await expect.poll(() => shelf.calls.length).toBe(MCP_REQUESTS_OPEN_MAX);
  write({ jsonrpc: "2.0", id: waits, method: "ping" });
  write({ jsonrpc: "2.0", id: "lately", method: 1 });
  await message((one) => one["id"] === "lately");
  expect(said.some((one) => one["id"] === waits && one["result"] !== undefined)).toBe(false);
  notify("notifications/cancelled", { requestId: last });
  expect(await message((one) => one["id"] === waits && one["result"] !== undefined)).toMatchObject({ result: {} });
  expect((await ask("ping")).result).toEqual({});
  expect(shelf.calls.length).toBe(MCP_REQUESTS_OPEN_MAX); // The one that waited and was cancelled was not made.
});

test("a burst of many more requests than may be open is answered whole, also when the input ends behind it", async () => {
  const { send, input, ended, said } = start({ t: () => "x" });
  const count = 3 * MCP_REQUESTS_OPEN_MAX;
  for (let i = 0; i < count; i++) send("tools/call", call("t"));
  input.end();
  await ended;
  expect(said.filter((one) => one["result"] !== undefined).length).toBe(count);
});

test("at the end of input, what is open is answered before the server ends", async () => {
  const go = Promise.withResolvers<void>();
  const { send, input, ended, said } = start({ t: () => go.promise.then(() => "late") });
  const id = send("tools/call", call("t"));
  input.end();
  go.resolve();
  await ended;
  expect(said.find((one) => one["id"] === id)?.["result"].content[0].text).toBe("late");
});

test("what is still open when its time after the end of input is over is answered with an error", async () => {
  const { send, ask, notify, input, ended, said } = start({ t: untilGivenUp }, { drainMs: 1 });
  const [cancelled, open] = [send("tools/call", call("t")), send("tools/call", call("t"))];
  notify("notifications/cancelled", { requestId: cancelled });
  await ask("ping");
  input.end();
  await ended;
  expect(said.find((one) => one["id"] === open)?.["error"]).toEqual({
    code: -32603,
    message: "the host is being stopped",
  });
  expect(said.some((one) => one["id"] === cancelled)).toBe(false);
});

test("a signal, and a reader that goes away, end the server and give up what is open", async () => {
  for (const end of ["signal", "reader"]) {
    const { shelf, send, ask, stop, output, ended } = start({ t: untilGivenUp });
    send("tools/call", call("t"));
    await ask("ping");
    if (end === "signal") stop.abort();
    else output.destroy();
    await ended;
    expect(shelf.calls[0]!.signal!.aborted).toBe(true);
  }
});

test("a client that does not read stops the server from reading", async () => {
  const { input, output, ask, message, send } = start({ t: () => "x".repeat(100_000) });
  output.pause();
  for (let i = 0; i < 50; i++) send("tools/call", call("t"));
  await expect.poll(() => input.isPaused()).toBe(true);
  output.resume();
  await message((one) => one["id"] === 50);
  expect((await ask("ping")).result).toEqual({});
});
