import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";
import { toldInference } from "../../test/helpers/told-inference.ts";
import { toldTasks } from "../../test/helpers/told-tasks.ts";
import { ANSWERS_WITHOUT_ENVELOPE, type HostFunction } from "../protocol/host-slots.ts";

const ENVELOPED: readonly HostFunction[] = [
  "db_exec",
  "db_query",
  "http_request",
  "file_read",
  "dispatch",
  "task_status",
  "complete",
  "complete_stream",
  "embed",
  "list_models",
  "list_active_tasks",
  "dispatch_add_issue",
];
const NOT_SERVED = ENVELOPED.slice(4);
const TELL_ONLY = [
  "dispatch_cancel",
  "dispatch_clarify",
  "send_draft",
  "dispatch_interrupt",
  "complete_cancel",
] as const;

test.each(NOT_SERVED)("%s is answered with not_supported where there is no inference", async (name) => {
  expect(JSON.parse((await openHostApi().call(name, ["{}"]))!)).toEqual({
    error: "not_supported",
    message: expect.stringContaining(name),
  });
});

const OF_TASKS = ["dispatch", "task_status", "list_active_tasks", "dispatch_add_issue"] as const;

test.each(OF_TASKS)(
  "%s is answered with not_supported where there are no tasks, or nothing to run them",
  async (name) => {
    for (const deps of [{ inference: toldInference() }, { tasks: toldTasks() }]) {
      const answer = JSON.parse((await openHostApi(deps).call(name, ["{}"]))!);
      expect(answer).toEqual({ error: "not_supported", message: `This host does not serve ${name}.` });
    }
  },
);

test.each(TELL_ONLY)("%s has no answer, so its refusal is a warning, once", async (name) => {
  const { call, warnings } = openHostApi();
  expect(await call(name, ["x"])).toBeNull();
  expect(await call(name, ["x"])).toBeNull();
  expect(warnings).toEqual([expect.stringMatching(/^\[PluginHostAPI\] .*does not serve/)]);
});

test.each(ENVELOPED)("%s is refused with context_unavailable to a thread that works for no call", async (name) => {
  const { call, rows } = openHostApi();
  const answer = await call(name, ["{}", null], { agentId: undefined, isInContext: false });
  expect(JSON.parse(answer!)).toEqual({ error: "context_unavailable", message: expect.stringContaining(name) });
  const status = name === "dispatch_add_issue" ? 501 : 500; // What is reserved has its own status, whatever happens.
  expect(rows).toEqual([expect.objectContaining({ status, errorCode: "context_unavailable", pluginId: "p" })]);
});

// A stream may be cancelled from anywhere: see complete.test.ts.
const NEED_CONTEXT = [...ANSWERS_WITHOUT_ENVELOPE].filter((name) => name !== "complete_cancel");

test.each(NEED_CONTEXT)("%s gives NULL to a thread that works for no call", async (name) => {
  const { call, warnings } = openHostApi();
  expect(await call(name, ["k", "v"], { agentId: undefined, isInContext: false })).toBeNull();
  expect(warnings).toEqual([expect.stringContaining("works for no call of the host")]);
});

test("a thread that works for no call gets nothing, even when an agent should come with it", async () => {
  const { call } = openHostApi();
  await call("config_set", ["k", "v"]);
  expect(await call("config_get", ["k"])).toBe("v");
  expect(await call("config_get", ["k"], { isInContext: false })).toBeNull();
});

test("a plugin that was removed is not served any more, whatever still runs of it", async () => {
  let isServed = true;
  const { call, rows } = openHostApi({ isServed: () => isServed });
  await call("config_set", ["k", "v"]);
  isServed = false;
  expect(await call("config_get", ["k"])).toBeNull();
  expect(await call("config_set", ["k", "other"])).toBeNull();
  expect(JSON.parse((await call("file_read", ['{"path":"x"}']))!)).toMatchObject({ error: "context_unavailable" });
  isServed = true;
  expect(await call("config_get", ["k"])).toBe("v");
  const calls = rows.filter(({ kind }) => kind === "host");
  expect(calls.map(({ status }) => status)).toEqual([200, 500, 500, 500, 200]);
});

test("a warning about how the plugin uses its host is a row as if it had logged it, once", async () => {
  const { call, rows, warnings } = openHostApi();
  for (let i = 0; i < 2; i++) await call("config_get", ["k"], { isInContext: false });
  expect(rows.filter(({ kind }) => kind === "log")).toMatchObject([
    { pluginId: "p", method: "LOG", path: `[WARN] ${warnings[0]}`, status: 299 },
  ]);
  expect(warnings).toEqual([expect.stringMatching(/^\[PluginHostAPI\] config_get/)]);
});

test("every call that is served is recorded with who asked, and without the values of settings", async () => {
  const { call, rows } = openHostApi();
  await call("config_set", ["token", "very-secret"], { traceId: "t-1" });
  await call("config_get", ["token"]);
  expect(rows).toMatchObject([
    { method: "PUT", path: "/host-api/config/token", status: 200, traceId: "t-1", kind: "host" },
    { method: "GET", path: "/host-api/config/token", status: 200, agentId: expect.any(String) },
  ]);
  expect(JSON.stringify(rows)).not.toContain("very-secret");
});

test("a store that cannot be read is a warning and NULL, not an exception", async () => {
  const { call, warnings, folder } = openHostApi();
  await call("config_set", ["k", "v"]);
  const entries = readdirSync(join(folder, "Secrets"), { recursive: true, withFileTypes: true });
  const value = entries.find((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name))!;
  writeFileSync(join(value.parentPath, value.name), "damaged");
  expect(await call("config_get", ["k"])).toBeNull();
  expect(warnings[0]).toMatch(/^a stored setting cannot be decrypted/);
});
