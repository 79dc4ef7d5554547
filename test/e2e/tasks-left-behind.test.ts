// Commands without a host that serves, which end before the tasks that their plugin began.

import { afterAll, expect, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { hangingStream, startModelServer } from "../helpers/model-server.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const CALL = ["tools", "call", "test.dispatches", "dispatch", "--yes"];
const ARGS = ["--args", JSON.stringify({ request: { prompt: "Think" } })];

/** Somebody with a data folder of their own, the plugin, and a model that never comes to an end. */
async function user() {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  installFixture(env.OSAURUS_HOME, "dispatches");
  const model = await startModelServer({ answers: [hangingStream("")] });
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  await osaurus("providers", "add", "test", "--base-url", model.url, "--model", "test-model");
  return {
    start: (...args: string[]) => startCli(args, { program: "osaurus", env }),
    tasks: async () => JSON.parse((await osaurus("tasks", "list", "--json")).stdout),
  };
}

test("with --json, a command that is interrupted while it waits for tasks has printed one document", async () => {
  const { start, tasks } = await user();
  const began = start(...CALL, ...ARGS, "--json");
  await began.stderrContains("waits for a task");
  began.child.kill("SIGINT");
  const { code, stdout } = await began.result;
  expect(code).toBe(130);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ ok: true });
  expect(await tasks()).toMatchObject([{ id: document.result.id, status: "running", is_served: false }]);
});

test("with --timeout, tasks that take longer are left to the next host, and the call counts", async () => {
  const { start, tasks } = await user();
  const { code, stdout, stderr } = await start(...CALL, ...ARGS, "--json", "--timeout", "4").result;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(stderr).toContain('the time is up: leaves a task to the next "osaurus serve"');
  expect(await tasks()).toMatchObject([{ status: "running", is_served: false }]);
});
