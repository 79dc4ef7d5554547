// Background tasks with the real program: begun by a plugin, watched, answered and ended by people and programs, with a host
// that serves and without one.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TASK_EVENT } from "../../src/protocol/task.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  hangingStream,
  keptModelServer,
  type ModelAnswer,
  type ModelServer,
  says,
} from "../helpers/model-server.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { createKey, startServe } from "../helpers/serve.ts";
import { keptTempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
const folders = keptTempDir();
/** A data folder with the plugin and a provider of models: what each user begins with. */
const template = join(folders.path, "template");
let model: ModelServer;

beforeAll(async () => {
  model = await keptModelServer();
  installFixture(template, "dispatches");
  const env = { ...home.env, OSAURUS_HOME: template };
  const args = ["providers", "add", "test", "--base-url", model.url, "--model", "test-model"];
  expect((await runCli(args, { program: "osaurus", env })).code).toBe(0);
});

afterAll(async () => {
  await model.stop();
  folders.remove();
  home.remove();
});

const OSAURUS = join(import.meta.dirname, "../../bin/osaurus");
const TERMINAL = join(import.meta.dirname, "../fixtures/terminal/answers-questions.py");
const PLUGIN = "test.dispatches";

/** Asks which folder, with two to choose from. The plugin has a tool of the same name, for which nobody may take it. */
const ASKS: ModelAnswer = (response, request) => {
  const tools = request.body.tools as { function: { name: string; parameters: { properties?: object } } }[];
  const { name } = tools.find((tool) => "question" in (tool.function.parameters.properties ?? {}))!.function;
  return callsTools({ name, arguments: { question: "Which folder?", options: ["inbox", "archive"] } })(
    response,
    request,
  );
};

/** Somebody with a data folder of their own, the plugin, and a model that gives these answers. */
function user(...answers: readonly ModelAnswer[]) {
  const env = { ...home.env, OSAURUS_HOME: join(folders.path, randomUUID()) };
  cpSync(template, env.OSAURUS_HOME, { recursive: true, verbatimSymlinks: true });
  model.answers(...answers);
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env });
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await osaurus(...args, "--json");
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout);
  };
  const call = (tool: string, args: object) =>
    json("tools", "call", PLUGIN, tool, "--yes", "--args", JSON.stringify(args));
  return {
    env,
    osaurus,
    json,
    /** The id of the new task. */
    dispatch: async (request: object) => (await call("dispatch", { request })).result.id as string,
    /** The types of the kept events that the plugin was told of. */
    told: async () => {
      const { rows } = (await call("events", {})).result as { rows: [n: number, task: string, type: number][] };
      return rows
        .map(([, , type]) => type)
        .filter((type) => type !== TASK_EVENT.progress && type !== TASK_EVENT.output);
    },
    start: (...args: string[]) => startCli(args, { program: "osaurus", env }),
  };
}

describe("with a host that serves", () => {
  test("a task is listed, shown, followed and answered, on the terminal and over HTTP", async () => {
    const { env, osaurus, json, dispatch, told, start } = user(ASKS, says("It is ", "done."));
    const { url } = await startServe(env);
    const key = await createKey(env);
    const id = await dispatch({ prompt: "Sort it", title: "Sort" });
    const followed = start("tasks", "follow", id, "--json");
    await followed.stderrContains(`osaurus tasks answer ${id} TEXT`);
    expect(await json("tasks", "list", "--status", "awaitingClarification")).toMatchObject([
      {
        id,
        title: "Sort",
        status: "awaitingClarification",
        plugin_id: PLUGIN,
        question: { question: "Which folder?" },
      },
    ]);
    const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
    const stream = fetch(`${url}/api/v1/tasks/${id}/events`, { headers }).then((response) => response.text());
    expect(await json("tasks", "answer", id.toLowerCase(), "archive")).toMatchObject({ id, title: "Sort" });
    const { code, stdout } = await followed.result;
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const kept = events.filter(({ kind }) => kind !== "progress" && kind !== "output");
    expect([code, kept.map(({ kind }) => kind)]).toEqual([
      0,
      ["started", "activity", "clarification", "activity", "completed"],
    ]);
    expect(kept.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(kept.at(-1).payload).toMatchObject({ success: true, output: "It is done.", title: "Sort" });
    expect((await stream).match(/^event: \w+$/gm)!.at(-1)).toBe("event: completed");
    const page = await (await fetch(`${url}/api/v1/tasks/${id}`, { headers })).json();
    expect(page).toMatchObject({ id, status: "completed", output: "It is done." });
    expect((await osaurus("tasks", "show", id)).stdout).toContain("It is done.");
    // Whoever follows may hear of the end before the plugin does.
    while (!(await told()).includes(TASK_EVENT.completed));
    expect(await told()).toEqual([0, 1, 3, 1, 4]);
  });

  test("a task is cancelled: whoever follows it hears of it, and what is over stays over", async () => {
    const { env, osaurus, json, dispatch, start } = user(hangingStream(""));
    await startServe(env);
    const id = await dispatch({ prompt: "Think" });
    const followed = start("tasks", "follow", id);
    await once(followed.child.stdout!, "data");
    expect(await json("tasks", "cancel", id)).toMatchObject({ id, title: "Chat", status: "cancelled" });
    const { code, stdout } = await followed.result;
    expect([code, stdout]).toEqual([1, expect.stringMatching(/started {3}Chat\n[\s\S]*cancelled Chat\n$/)]);
    for (const args of [
      ["cancel", id],
      ["answer", id, "x"],
    ]) {
      const again = await osaurus("tasks", ...args, "--json");
      expect([again.code, JSON.parse(again.stdout).error.code]).toEqual([1, "task_over"]);
    }
  });

  test("at a terminal the question is asked right there; Ctrl-C leaves the task as it is", async () => {
    const { env, json, dispatch, start } = user(ASKS, says("It is done."));
    await startServe(env);
    const id = await dispatch({ prompt: "Sort it" });
    const left = start("tasks", "follow", id);
    await left.stderrContains("waits for an answer");
    left.child.kill("SIGINT");
    expect(await left.result).toMatchObject({ code: 130, stderr: expect.stringContaining("the task goes on") });
    const typed = spawn("python3", [TERMINAL, OSAURUS, "tasks", "follow", id], {
      env: { ...env, QUESTION: "answer (", ANSWERS: "2" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let screen = "";
    typed.stdout.on("data", (chunk: Buffer) => {
      screen += chunk.toString("utf8");
    });
    const [code] = await once(typed, "close");
    expect(code, screen).toBe(0);
    expect(screen).toContain("2. archive");
    expect(screen).toContain("It is done.");
    const { session_id } = await json("tasks", "show", id);
    const { messages } = await json("sessions", "show", session_id);
    expect(messages.filter(({ role }: { role: string }) => role === "user")).toMatchObject([
      { content: "Sort it" },
      { content: "archive" },
    ]);
  });
});

test("a host that is stopped waits for nobody who follows, and leaves the task to the next", async () => {
  const { env, json, dispatch, start } = user(hangingStream(""));
  const serve = await startServe(env);
  const id = await dispatch({ prompt: "Think" });
  const followed = start("tasks", "follow", id);
  await once(followed.child.stdout!, "data");
  serve.child.kill("SIGTERM");
  expect(await followed.result).toMatchObject({ code: 30, stderr: expect.stringContaining(`tasks follow ${id}`) });
  expect((await serve.result).code).toBe(0);
  expect(await json("tasks", "show", id)).toMatchObject({ status: "running", is_served: false });
});

describe("without one", () => {
  test("the command whose plugin began a task waits until it is over", async () => {
    const { json, dispatch, told } = user(says("It is done."));
    const id = await dispatch({ prompt: "Do it" });
    expect(await json("tasks", "show", id)).toMatchObject({ id, status: "completed", output: "It is done." });
    expect(await told()).toEqual([0, 4]);
  });

  test("a task that waits for an answer goes on in the command that answers", async () => {
    const { osaurus, json, dispatch, told } = user(ASKS, says("It is done."));
    const id = await dispatch({ prompt: "Sort it" });
    expect(await json("tasks", "list")).toMatchObject([{ id, status: "awaitingClarification" }]);
    expect(await osaurus("tasks", "answer", id, "inbox")).toMatchObject({ code: 0 });
    expect(await json("tasks", "show", id)).toMatchObject({ status: "completed", output: "It is done.", resumes: 0 });
    expect(await told()).toEqual([0, 1, 3, 1, 4]);
  });

  test("a task whose command was interrupted is gone on with by whoever follows it", async () => {
    const { json, start, told } = user(hangingStream(""));
    const args = JSON.stringify({ request: { prompt: "Think" } });
    const began = start("tools", "call", PLUGIN, "dispatch", "--yes", "--args", args);
    await began.stderrContains("task");
    began.child.kill("SIGINT");
    // What the tool said stood there before the wait began.
    expect(await began.result).toMatchObject({ code: 130, stdout: expect.stringContaining("running") });
    const [{ id, ...task }] = await json("tasks", "list");
    expect(task).toMatchObject({ status: "running", is_served: false });
    model.answers(says("It is done."));
    const { code, stdout } = await start("tasks", "follow", id).result;
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/warning {3}Resumed[\s\S]* {2}It is done\.\n.*completed /),
    ]);
    expect(await json("tasks", "show", id)).toMatchObject({ status: "completed", resumes: 0 });
    expect(await told()).toEqual([0, 1, 4]);
  });

  test("the plugin of a task that is cancelled is told by the command that cancels", async () => {
    const { osaurus, json, dispatch, told } = await user(ASKS);
    const id = await dispatch({ prompt: "Sort it" });
    expect(await osaurus("tasks", "cancel", id)).toMatchObject({ code: 0 });
    const { status, events } = await json("tasks", "show", id);
    expect([status, events.at(-1)]).toMatchObject(["cancelled", { kind: "cancelled", told_at: expect.any(String) }]);
    expect(await told()).toEqual([0, 1, 3, 6]);
  });

  test("a task that is not there is not found", async () => {
    const { osaurus } = user();
    const [shown, listed] = await Promise.all([
      osaurus("tasks", "show", crypto.randomUUID(), "--json"),
      osaurus("tasks", "list", "--json"),
    ]);
    expect([shown.code, JSON.parse(shown.stdout).error.code]).toEqual([10, "task_unknown"]);
    expect(listed).toMatchObject({ code: 0, stdout: "[]\n" });
  });
});
