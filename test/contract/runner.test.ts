// One runner, for real: each fixture misbehaves in the one way that its name tells.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { HostCall, PluginLogLine } from "../../src/protocol/host-slots.ts";
import { STREAM_CHUNKS_IN_FLIGHT_MAX } from "../../src/protocol/limits.ts";
import { eventually } from "../helpers/eventually.ts";
import { FAR, openDescriptors, startRunner } from "../helpers/native-plugins.ts";
import { isRunning, isZombie, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const AGENT = "11111111-2222-3333-4444-555555555555";

const echo = ["tool", "echo", "hello"] as const;
const misbehave = ["tool", "misbehave", "{}"] as const;

/** The code of the error that a promise fails with. */
async function failure(promise: Promise<unknown>): Promise<{ code: string; message: string; details: unknown }> {
  return await promise.then(
    (value) => expect.fail(`it did not fail: ${value}`),
    (error) => error,
  );
}

test("a plugin loads, says what it is, is called and leaves", async () => {
  const runner = startRunner("echoes");
  const loaded = await runner.ready;
  expect(loaded).toMatchObject({ abi: 6, features: { route: false, config: false, event: false } });
  expect(JSON.parse(loaded.manifestText)).toMatchObject({ plugin_id: "test.echoes" });
  expect(await runner.call("invoke", [...echo], FAR)).toBe("hello");
  const pid = runner.pid!;
  expect(isRunning(pid)).toBe(true);
  expect(await runner.stop()).toMatchObject({ process: { code: 0, signal: null } });
  expect(isRunning(pid)).toBe(false);
  expect(isZombie(pid)).toBe(false);
});

test("a plugin of version 1, whose table ends behind the fifth function, is called like any other", async () => {
  const runner = startRunner("speaks-version-1");
  expect((await runner.ready).abi).toBe(1);
  expect(await runner.call("invoke", [...echo], FAR)).toBe("hello");
});

test.each(["", "x", "käse \u{1f9c0} \ufffd", "a".repeat(1_000_000), "ä".repeat(500_000)])(
  "a text comes back as it was",
  async (text) => {
    const runner = startRunner("echoes");
    await runner.ready;
    expect(await runner.call("invoke", ["tool", "echo", text], FAR)).toBe(text);
  },
);

test("a thousand calls at once all come back, each with its own answer", async () => {
  const runner = startRunner("echoes");
  await runner.ready;
  const texts = Array.from({ length: 1000 }, (_, index) => `call ${index} ${"x".repeat((index * 37) % 3000)}`);
  expect(await Promise.all(texts.map((text) => runner.call("invoke", ["tool", "echo", text], FAR)))).toEqual(texts);
  await runner.idle();
});

test("a text that no C function can take is refused before anything is sent", async () => {
  const runner = startRunner("echoes");
  await runner.ready;
  expect(await failure(runner.call("invoke", ["tool", "echo", "a\0b"], FAR))).toMatchObject({
    code: "input_too_large",
  });
  expect(await runner.call("invoke", [...echo], FAR)).toBe("hello");
});

test.each([
  ["load-no-entry", "entry_missing", /has no plugin entry/],
  ["load-entry-null", "entry_null", /v2 entry returned null API/],
  ["load-table-incomplete", "table_incomplete", /lacks init, invoke/],
  ["load-init-null", "init_failed", /Plugin initialization failed/],
  ["load-manifest-null", "manifest_missing", /Failed to parse plugin manifest/],
  ["load-link-missing", "library_load_failed", /dlopen failed.*there_is_no_such_function/s],
  ["load-init-crashes", "load_crashed", /crashed with SIGSEGV in init/],
  ["load-init-exits", "load_crashed", /called exit\(5\) in init/],
  ["load-constructor-crashes", "load_crashed", /crashed with SIGABRT in a constructor of the library/],
  ["no-such-fixture", "library_load_failed", /dlopen failed/],
])("%s fails to load with %s", async (fixture, code, message) => {
  const runner = startRunner(fixture);
  expect(await failure(runner.ready)).toMatchObject({ code, message: expect.stringMatching(message) });
  await runner.end;
  expect(isZombie(runner.pid!)).toBe(false);
});

test("a plugin whose init hangs is given up after the time for loading", async () => {
  const runner = startRunner("load-init-hangs", { loadMs: 200 });
  expect(await failure(runner.ready)).toMatchObject({ code: "load_timeout" });
  await untilGone(runner.pid!);
});

test("a runner that cannot be started is an error, not an exception", async () => {
  const runner = startRunner("echoes", { runnerPath: "/no/such/runner" });
  expect(await failure(runner.ready)).toMatchObject({ code: "runner_start_failed" });
});

test.each([
  ["segfaults", "plugin_crashed", /crashed with SIGSEGV in invoke; /, { signal: "SIGSEGV", entry: "invoke" }],
  ["aborts", "plugin_crashed", /crashed with SIGABRT in invoke; /, { signal: "SIGABRT", entry: "invoke" }],
  ["overflows-stack", "plugin_crashed", /crashed with SIGSEGV in invoke; /, { signal: "SIGSEGV" }],
  ["returns-dangling-pointer", "plugin_crashed", /crashed with SIGSEGV in invoke; /, { signal: "SIGSEGV" }],
  ["crashes-in-thread", "plugin_crashed", /crashed with SIGABRT in invoke; /, { signal: "SIGABRT" }],
  ["crashes-in-host-call", "plugin_crashed", /crashed with SIGSEGV in invoke/, { signal: "SIGSEGV" }],
  ["exits", "plugin_exited", /called exit\(3\) in invoke; /, { exit_code: 3, entry: "invoke" }],
  ["exits-quickly", "plugin_exited", /called exit\(4\)/, { exit_code: 4 }],
  ["exits-with-success", "plugin_exited", /called exit\(0\)/, { exit_code: 0 }],
])("%s: the call fails with %s and nothing of the process is left", async (fixture, code, message, details) => {
  const runner = startRunner(fixture);
  await runner.ready;
  expect(await failure(runner.call("invoke", [...misbehave], FAR))).toMatchObject({
    code,
    message: expect.stringMatching(message),
    details: expect.objectContaining(details),
  });
  await runner.end;
  expect(isRunning(runner.pid!)).toBe(false);
  expect(isZombie(runner.pid!)).toBe(false);
});

test("a crash leaves a backtrace and what the plugin printed last", async () => {
  const output: string[] = [];
  const runner = startRunner("aborts", { onOutput: (_stream, line) => void output.push(`${line}\n`) });
  await runner.ready;
  await failure(runner.call("invoke", [...misbehave], FAR));
  const { outputTail } = await runner.end;
  expect(outputTail).toContain("the moon is made of cheese");
  expect(outputTail).toMatch(/aborts\.(so|dylib)/);
  expect(output.join("")).toBe(outputTail);
});

test("answers given before a crash all arrive", async () => {
  for (let round = 0; round < 20; round++) {
    const runner = startRunner("segfaults");
    await runner.ready;
    const payload = "x".repeat(2000);
    const before = Array.from({ length: 60 }, () => runner.call("invoke", ["tool", "echo", payload], FAR));
    const crash = runner.call("invoke", [...misbehave], FAR);
    const results = await Promise.allSettled(before);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(60);
    expect(await failure(crash)).toMatchObject({ code: "plugin_crashed" });
  }
});

test("answers given before a crash arrive even when the host writes to the dead runner before it reads", async () => {
  const runner = startRunner("segfaults");
  await runner.ready;
  const before = Array.from({ length: 60 }, () => runner.call("invoke", ["tool", "echo", "x".repeat(100)], FAR));
  const crash = failure(runner.call("invoke", [...misbehave], FAR));
  await new Promise((resolve) => process.nextTick(resolve));
  // The answers fit into the socket. Nothing is read meanwhile: this blocks the event loop until the runner is dead.
  const giveUpAt = performance.now() + 10_000;
  while (isRunning(runner.pid!) && performance.now() < giveUpAt);
  const behind = runner.call("invoke", [...echo], FAR).catch((error) => error);
  const results = await Promise.allSettled(before);
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(60);
  expect(await crash).toMatchObject({ code: "plugin_crashed", message: expect.stringContaining("SIGSEGV in invoke") });
  expect(await behind).toBeInstanceOf(Error);
});

test("a call that hangs fails at its deadline, is reported as stuck, and other calls go on", async () => {
  const onStuck = vi.fn();
  const output: string[] = [];
  const runner = startRunner("spins-forever", { onStuck, onOutput: (_stream, text) => void output.push(text) });
  await runner.ready;
  const stuck = runner.call("invoke", [...misbehave], { deadlineMs: 200, what: 'tool "misbehave"' });
  expect(await runner.call("invoke", [...echo], FAR)).toBe("hello");
  expect(await failure(stuck)).toMatchObject({ code: "plugin_timeout", message: expect.stringContaining("200 ms") });
  expect(onStuck).toHaveBeenCalledOnce();
  expect(await runner.call("invoke", [...echo], FAR)).toBe("hello");
  await eventually(() => expect(output.join("")).toMatch(/spins-forever\.(so|dylib)/));
});

test("a stuck runner that is stopped is gone after the grace time", async () => {
  const runner = startRunner("sleeps-forever", { stopGraceMs: 100 });
  await runner.ready;
  const stuck = failure(runner.call("invoke", [...misbehave], FAR));
  await runner.stop();
  expect(await stuck).toMatchObject({ code: "plugin_stopped" });
  expect(isRunning(runner.pid!)).toBe(false);
});

test("stopping waits for the calls that are open, then lets the plugin clean up, once", async () => {
  const lines: string[] = [];
  const answer = Promise.withResolvers<string>();
  const runner = startRunner("watches-destroy", {
    onHostCall: () => answer.promise,
    onOutput: (_stream, line) => void lines.push(line),
  });
  await runner.ready;
  const open = runner.call("invoke", ["tool", "stay", "x"], FAR);
  const stops = [runner.stop(), runner.stop()];
  await expect(runner.call("invoke", [...echo], FAR)).rejects.toThrow();
  answer.resolve("go on");
  expect(await open).toBe("x");
  const [one, two] = await Promise.all(stops);
  expect(one).toBe(two);
  expect(one).toMatchObject({ process: { code: 0, signal: null } });
  expect(lines).toEqual(["destroy with 0 inside"]);
});

test("a stuck call's stack is complete before its runner is ended, and destroy is not called", async () => {
  const lines: string[] = [];
  const runner = startRunner("sleeps-forever", { onOutput: (_stream, line) => void lines.push(line) });
  await runner.ready;
  const stuck = failure(runner.call("invoke", [...misbehave], { deadlineMs: 50, what: "it" }));
  expect(await stuck).toMatchObject({ code: "plugin_timeout" });
  await runner.stop();
  expect(lines[0]).toContain("the stack of a call that takes too long");
  expect(lines.join("\n")).toMatch(/sleeps-forever\.(so|dylib)/);
  expect(lines.at(-1)).toContain("the end of the stack");
});

test("a plugin whose free_string crashes has answered already; the report names free_string", async () => {
  const runner = startRunner("returns-literal");
  await runner.ready;
  expect(await runner.call("invoke", [...misbehave], FAR)).toContain("literal");
  const { fault, outputTail } = await runner.end;
  expect(fault).toMatchObject({ signal: "SIGABRT", entry: "free_string" });
  expect(outputTail).toContain("the plugin crashed in free_string, which got back what the plugin had returned");
});

test("a runner that speaks another version of the protocol is named as the mistake", async () => {
  const folder = tempDir();
  const other = join(folder, "runner");
  // HELLO of version 9: head and one field of four bytes.
  const hello = `\\035\\0\\0\\0\\007\\0\\001\\0${"\\0".repeat(16)}\\004\\0\\0\\0\\011\\0\\0\\0\\0`;
  writeFileSync(other, `#!/bin/sh\nprintf '${hello}' >&3\nread line <&3\n`, { mode: 0o755 });
  const runner = startRunner("echoes", { runnerPath: other });
  expect(await failure(runner.ready)).toMatchObject({
    code: "runner_missing",
    message: expect.stringMatching(/version 9/),
  });
});

test("a call made after the end is refused", async () => {
  const runner = startRunner("echoes");
  await runner.ready;
  await runner.stop();
  await expect(runner.call("invoke", [...echo], FAR)).rejects.toThrow();
});

test("children of a plugin end with it, and do not keep its line open", async () => {
  const runner = startRunner("leaves-a-child");
  await runner.ready;
  const child = JSON.parse((await runner.call("invoke", [...misbehave], FAR))!).result as number;
  expect(isRunning(child)).toBe(true);
  // The crash of the parent is noticed although the child holds the socket.
  expect(await failure(runner.call("invoke", ["tool", "crash", "{}"], FAR))).toMatchObject({ code: "plugin_crashed" });
  await runner.end;
  await untilGone(child);
});

test.each([
  ["writes-on-the-line", /broke its line to the host: a frame of \d+ bytes/],
  ["closes-the-line", /closed the line to its host/],
])("%s: the line is given up, and no process is left", async (fixture, message) => {
  const runner = startRunner(fixture);
  await runner.ready;
  expect(await failure(runner.call("invoke", [...misbehave], FAR))).toMatchObject({
    code: "plugin_protocol",
    message: expect.stringMatching(message),
  });
  await runner.end;
  expect(isRunning(runner.pid!)).toBe(false);
});

test("a plugin that prints more than a pipe holds is not blocked by it", async () => {
  let bytes = 0;
  const runner = startRunner("prints-a-lot", { onOutput: (_stream, line) => (bytes += line.length + 1) });
  await runner.ready;
  expect(await runner.call("invoke", [...misbehave], FAR)).toContain("printed");
  await runner.stop();
  expect(bytes).toBeGreaterThan(2 * 1024 * 1024);
});

test("NULL and invalid UTF-8 are answers that do no harm", async () => {
  const silent = startRunner("returns-null");
  await silent.ready;
  expect(await silent.call("invoke", [...misbehave], FAR)).toBeNull();
  const garbled = startRunner("returns-invalid-utf8");
  await garbled.ready;
  expect(await garbled.call("invoke", [...misbehave], FAR)).toBe("bad \ufffd\ufffd bytes \ufffd");
});

test("an answer that fits into no frame is an error, and the plugin goes on", async () => {
  const runner = startRunner("returns-too-much");
  await runner.ready;
  expect(await failure(runner.call("invoke", [...misbehave], FAR))).toMatchObject({ code: "output_too_large" });
  expect(await runner.call("invoke", [...echo], FAR)).toBe("hello");
});

test("calls that sleep do not hold up others", async () => {
  const runner = startRunner("sleeps-as-told");
  await runner.ready;
  const order: string[] = [];
  const sleep = runner.call("invoke", ["tool", "sleep", "300"], FAR).then(() => order.push("slept"));
  await runner.call("invoke", [...echo], FAR).then(() => order.push("echoed"));
  await sleep;
  expect(order).toEqual(["echoed", "slept"]);
});

test("sixty calls are in the plugin at the same time", async () => {
  const everybody = Promise.withResolvers<string>();
  let inside = 0;
  const runner = startRunner("asks-host", {
    onHostCall() {
      if (++inside === 60) everybody.resolve("all here");
      return everybody.promise;
    },
  });
  await runner.ready;
  const ask = () => runner.call("invoke", ["tool", "config_get", '{"a":"x"}'], FAR);
  const answers = await Promise.all(Array.from({ length: 60 }, ask));
  expect(new Set(answers)).toEqual(new Set(["all here"]));
});

test("host calls bring their arguments and the agent of the call they are made in", async () => {
  const seen: HostCall[] = [];
  const runner = startRunner("asks-host", {
    onHostCall(call) {
      seen.push(call);
      return call.name === "config_get" ? `value of ${call.args[0]}` : null;
    },
  });
  await runner.ready;
  const call = (tool: string, payload: object, agentId?: string) =>
    runner.call("invoke", ["tool", tool, JSON.stringify(payload)], { ...FAR, agentId });
  expect(await call("config_get", { a: "key" }, AGENT)).toBe("value of key");
  expect(await call("config_set", { a: "key", b: "new" }, AGENT)).toBe("null");
  expect(await call("db_query", { a: "SELECT 1" })).toBe("null");
  expect(await call("list_models", {})).toBe("null");
  expect(seen.map(({ name, args, agentId }) => [name, args, agentId])).toEqual([
    ["config_get", ["key"], AGENT],
    ["config_set", ["key", "new"], AGENT],
    ["db_query", ["SELECT 1", null], undefined],
    ["list_models", [], undefined],
  ]);
});

test("fifty agents at once each see themselves, and nobody without an agent sees one", async () => {
  const runner = startRunner("asks-host", {
    onHostCall: async (call) => {
      await new Promise((resolve) => setImmediate(resolve));
      return call.agentId ?? "nobody";
    },
  });
  await runner.ready;
  const agents = Array.from({ length: 50 }, (_, index) => `${AGENT.slice(0, -2)}${String(index).padStart(2, "0")}`);
  const ask = (tool: string, agentId: string | undefined) =>
    runner.call("invoke", ["tool", tool, '{"a":"key"}'], { ...FAR, agentId });
  expect(await Promise.all(agents.map((agent) => ask("config_get", agent)))).toEqual(agents);
  expect(await Promise.all(agents.map((agent) => ask("get_active_agent_id", agent)))).toEqual(agents);
  expect(await ask("get_active_agent_id", undefined)).toBe("null");
  expect(await ask("config_get", undefined)).toBe("nobody");
});

test.runIf(process.platform === "linux")("a thread that a plugin makes in a call works for that call", async () => {
  const runner = startRunner("asks-from-thread", { onHostCall: (call) => `asked by ${call.agentId}` });
  await runner.ready;
  const answer = await runner.call("invoke", [...misbehave], { ...FAR, agentId: AGENT });
  expect(answer).toBe(`${AGENT} asked by ${AGENT}`);
});

test("while a call waits for its host, another call of the same plugin is served", async () => {
  const runner = startRunner("asks-host", {
    // The host answers only after it has called the plugin itself, twice over.
    onHostCall: async () => {
      const first = await runner.call("invoke", [...echo], FAR);
      return `${first} ${await runner.call("invoke", [...echo], FAR)}`;
    },
  });
  await runner.ready;
  expect(await runner.call("invoke", ["tool", "config_get", '{"a":"x"}'], FAR)).toBe("hello hello");
});

test("sixteen calls can be nested through the host", async () => {
  const runner = startRunner("asks-host", {
    onHostCall: async ({ args: [depth] }) =>
      Number(depth) === 0
        ? "bottom"
        : await runner.call("invoke", ["tool", "config_get", `{"a":"${Number(depth) - 1}"}`], FAR),
  });
  await runner.ready;
  expect(await runner.call("invoke", ["tool", "config_get", '{"a":"16"}'], FAR)).toBe("bottom");
});

test("time that a call waits for its host is not held against it", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const runner = startRunner("asks-host", { onHostCall: () => promise });
  await runner.ready;
  const call = runner.call("invoke", ["tool", "config_get", '{"a":"x"}'], { deadlineMs: 300, what: "it" });
  const bounded = failure(
    runner.call("invoke", ["tool", "config_get", '{"a":"x"}'], { deadlineMs: 300, countsHostCalls: true, what: "it" }),
  );
  // The bounded call expires although it waits for the host; the other one lives on.
  expect(await bounded).toMatchObject({ code: "plugin_timeout" });
  resolve("late");
  expect(await call).toBe("late");
});

test("a host call that fails inside the host answers with an envelope", async () => {
  const failing = [
    () => {
      throw new Error("a bug");
    },
    () => Promise.reject(new Error("a bug")),
  ];
  for (const onHostCall of failing) {
    const runner = startRunner("asks-host", { onHostCall });
    await runner.ready;
    const ask = (tool: string) => runner.call("invoke", ["tool", tool, '{"a":"x"}'], FAR);
    expect(JSON.parse((await ask("db_query"))!)).toMatchObject({ error: "internal" });
    // A setting's value and an envelope could not be told apart.
    expect(await ask("config_get")).toBe("null");
  }
});

test("log lines come with level, payload and agent, before the answer of their call", async () => {
  const lines: PluginLogLine[] = [];
  const runner = startRunner("asks-host", { onLog: (line) => lines.push(line) });
  await runner.ready;
  await runner.call("invoke", ["tool", "log", '{"a":"careful"}'], { ...FAR, agentId: AGENT });
  expect(lines).toEqual([{ level: 3, message: "careful", payload: null, agentId: AGENT }]);
  await runner.call("invoke", ["tool", "log_structured", '{"a":"done","b":"[1]"}'], FAR);
  expect(lines[1]).toEqual({ level: 2, message: "done", payload: "[1]", agentId: undefined });
});

test("chunks of a stream arrive in order before the answer, and a slow plugin holds the host back", async () => {
  const count = 4 * STREAM_CHUNKS_IN_FLIGHT_MAX;
  let waits = 0;
  const runner = startRunner("streams", {
    async onHostCall(call) {
      for (let index = 0; index < count; index++) {
        const sent = call.chunk(String(index));
        const wasHeldBack = await Promise.race([sent.then(() => false), Promise.resolve(true).then(() => true)]);
        if (wasHeldBack) waits++;
        await sent;
      }
      return "end";
    },
  });
  await runner.ready;
  const answer = await runner.call("invoke", [...misbehave], FAR);
  expect(answer).toBe(`${Array.from({ length: count }, (_, index) => `${index};`).join("")}end`);
  expect(waits).toBeGreaterThan(0);
});

test("a stream whose plugin is gone lets its host go on", async () => {
  const done = vi.fn();
  const runner = startRunner("streams", {
    stopGraceMs: 50,
    async onHostCall(call) {
      await call.chunk("x");
      void runner.stop();
      await runner.end;
      for (let index = 0; index < 1000; index++) await call.chunk("into the void");
      done();
      return "end";
    },
  });
  await runner.ready;
  expect(await failure(runner.call("invoke", [...misbehave], FAR))).toMatchObject({ code: "plugin_stopped" });
  await eventually(() => expect(done).toHaveBeenCalled());
});

test("chunks that wait when the stream is answered, and chunks sent later, go nowhere and hold nobody up", async () => {
  const sent: Promise<void>[] = [];
  let late: ((text: string) => Promise<void>) | undefined;
  const runner = startRunner("streams", {
    onHostCall(call) {
      for (let index = 0; index < 3 * STREAM_CHUNKS_IN_FLIGHT_MAX; index++) sent.push(call.chunk("x"));
      late = (text) => call.chunk(text);
      return "end";
    },
  });
  await runner.ready;
  expect(await runner.call("invoke", [...misbehave], FAR)).toMatch(/end$/);
  await Promise.all(sent);
  await late?.("too late");
});

test("an answer that no plugin can take is replaced by an envelope", async () => {
  const runner = startRunner("asks-host", { onHostCall: () => "a\0b" });
  await runner.ready;
  const ask = (tool: string) => runner.call("invoke", ["tool", tool, '{"a":"x"}'], FAR);
  expect(JSON.parse((await ask("db_query"))!)).toMatchObject({ error: "response_too_large" });
  expect(await ask("config_get")).toBe("null");
});

test("forty runners come and go, some by crashing, and leave no descriptor behind", async () => {
  const before = openDescriptors();
  for (let round = 0; round < 10; round++) {
    const runners = ["echoes", "segfaults", "exits", "load-init-crashes"].map((fixture) => startRunner(fixture));
    await Promise.allSettled(runners.map((runner) => runner.ready));
    await Promise.allSettled(runners.map((runner) => runner.call("invoke", [...misbehave], FAR)));
    await Promise.all(runners.map((runner) => runner.stop()));
  }
  expect(openDescriptors()).toBeLessThanOrEqual(before);
});

test("a runner that is killed while it is asked to leave is gone, and nobody waits for an answer of it", async () => {
  const runner = startRunner("sleeps-forever");
  await runner.ready;
  const call = runner.call("invoke", ["tool", "misbehave", ""], FAR).catch((error: { code: string }) => error.code);
  const stopping = runner.stop();
  await runner.kill();
  // Not after the time that destroy would have.
  const first = await Promise.race([
    stopping.then(() => "gone"),
    new Promise((resolve) => setImmediate(resolve, "waits")),
  ]);
  expect(first).toBe("gone");
  expect(await call).toBe("plugin_stopped");
});

test("whoever serves dispatch hears when the plugin has its answer, behind which the call goes on", async () => {
  const story: string[] = [];
  const taken = Promise.withResolvers<boolean>();
  const runner = startRunner("dispatches", {
    onHostCall: (call) => {
      if (call.name !== "dispatch") return '{"changes":0}';
      void call.taken().then((isTaken) => {
        story.push(`taken: ${isTaken}`);
        taken.resolve(isTaken);
      });
      story.push("answered");
      return '{"id":"x"}';
    },
  });
  await runner.ready;
  expect(await runner.call("invoke", ["tool", "dispatch", '{"request":{}}'], FAR)).toContain('"id":"x"');
  expect(await taken.promise).toBe(true);
  expect(story).toEqual(["answered", "taken: true"]);
});

test("a plugin that is killed while it is in dispatch never has its answer", async () => {
  const asked = Promise.withResolvers<HostCall>();
  const runner = startRunner("dispatches", {
    onHostCall: (call) => {
      if (call.name !== "dispatch") return '{"changes":0}';
      asked.resolve(call);
      return new Promise(() => {});
    },
  });
  await runner.ready;
  const failed = failure(runner.call("invoke", ["tool", "dispatch", '{"request":{}}'], FAR));
  const taken = (await asked.promise).taken();
  process.kill(runner.pid!, "SIGKILL");
  expect(await taken).toBe(false);
  await failed;
});
