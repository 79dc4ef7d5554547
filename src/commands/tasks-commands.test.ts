// The commands about tasks on a host that does with its tasks what a test tells it.

import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { makeTempHome } from "../../test/helpers/temp-home.ts";
import { type ToldTaskService, toldTaskService } from "../../test/helpers/told-task-service.ts";
import type { Host } from "../host/create-host.ts";
import { TASK_EVENTS_SHOWN_MAX, TASKS_LISTED_DEFAULT, TASKS_LISTED_MAX } from "../protocol/limits.ts";
import type { CommandIo } from "../terminal/io.ts";
import { lendHost } from "./lent-host.ts";
import { main } from "./main.ts";
import { chosenText } from "./task-questions.ts";

const home = makeTempHome();
afterAll(() => home.remove());

let tasks: ToldTaskService;
beforeEach(() => {
  tasks = toldTaskService();
});

interface Person {
  /** What is typed at each question; undefined is Ctrl-D. */
  readonly types?: (question: string, until: AbortSignal) => Promise<string | undefined>;
  readonly stdin?: string;
}

/** Starts a command line; at a terminal when somebody types. */
function start(args: readonly string[], { types, stdin = "" }: Person = {}) {
  const stdout = recordedOutput({ isTerminal: types !== undefined });
  const stderr = recordedOutput({ isTerminal: types !== undefined });
  const ctrlC = new AbortController();
  const io: CommandIo = {
    env: { ...home.env, NO_COLOR: "1" },
    cwd: home.path,
    stdout,
    stderr,
    stdinIsTerminal: types !== undefined,
    signal: ctrlC.signal,
    readStdin: async () => stdin,
    ...(types === undefined ? {} : { prompt: (question, until) => types(question, until!) }),
  };
  const host = {
    tasks: async () => tasks,
    native: async () => Promise.reject(new Error("not here")),
  } as unknown as Host;
  const stopping = new AbortController();
  const code = main("osaurus", ["tasks", ...args], lendHost(io, host, stopping.signal));
  return { code, stdout, stderr, ctrlC, stopping };
}

async function run(args: readonly string[], person: Person = {}) {
  const { code, stdout, stderr } = start(args, person);
  return { code: await code, stdout: stdout.text, stderr: stderr.text };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
async function json(...args: readonly string[]): Promise<any> {
  return JSON.parse((await run([...args, "--json"])).stdout);
}

const QUESTION = { question: "Which folder?", allow_multiple: false, options: ["inbox", "archive"] };

/** A task whose agent asks something. */
function asking(question = QUESTION) {
  const task = tasks.add({ status: "awaitingClarification", question });
  tasks.tell(task.id, "started", { title: task.title });
  tasks.tell(task.id, "clarification", question);
  return task;
}

function complete(id: string, payload = {}): void {
  tasks.change(id, { status: "completed" });
  tasks.tell(id, "completed", { success: true, summary: "Chat completed", ...payload });
}

describe("tasks list", () => {
  test("has a row for each task that the options fit", async () => {
    const one = tasks.add({ title: "one", status: "failed" });
    const two = tasks.add({ title: "two", pluginId: "org.example.other" });
    const ids = async (...options: string[]) => (await json("list", ...options)).map(({ id }: { id: string }) => id);
    expect(await json("list")).toMatchObject([
      { id: two.id, title: "two", status: "running" },
      { id: one.id, title: "one", status: "failed" },
    ]);
    expect(await ids("--status", "failed")).toEqual([one.id]);
    expect(await ids("--status", "FAILED", "--status", "running")).toEqual([two.id, one.id]);
    expect(await ids("--status", "awaiting-clarification")).toEqual([]);
    expect(await ids("--plugin", "org.example.other")).toEqual([two.id]);
    expect(await ids("--agent", one.agentId)).toEqual([two.id, one.id]);
    expect(await ids("--agent", crypto.randomUUID())).toEqual([]);
    expect(await ids("--limit", "1")).toEqual([two.id]);
    expect(await ids("--limit", String(TASKS_LISTED_MAX))).toHaveLength(2);
  });

  test("has the newest TASKS_LISTED_DEFAULT where no limit is given", async () => {
    for (let count = 0; count < TASKS_LISTED_DEFAULT; count++) tasks.add();
    expect(await json("list")).toHaveLength(TASKS_LISTED_DEFAULT);
    const newest = tasks.add();
    const listed = await json("list");
    expect([listed.length, listed[0].id]).toEqual([TASKS_LISTED_DEFAULT, newest.id]);
  });

  test("says in words how a task stands, and that there is none", async () => {
    expect(await run(["list"])).toEqual({ code: 0, stdout: "", stderr: "info: there are no tasks\n" });
    expect(await json("list")).toEqual([]);
    tasks.add({ status: "awaitingClarification", title: "t\u202e\u001b[2J" });
    tasks.add({ isServed: false });
    const { stdout } = await run(["list"]);
    expect(stdout).toContain("waits for an answer");
    expect(stdout).toContain("running, but no host is");
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });

  test.each([
    ["--limit", "0"],
    ["--limit", String(TASKS_LISTED_MAX + 1)],
    ["--limit", "x"],
    ["--status", "done"],
  ])("refuses %s %s", async (...option) => {
    expect((await run(["list", ...option])).code).toBe(2);
  });
});

describe("tasks show", () => {
  test("prints one document with all there is, events too", async () => {
    const artifact = { filename: "a", mime_type: "text/plain", size: 1, host_path: "/a", is_directory: false };
    const { id } = tasks.add({ question: QUESTION, draft: '{"text":"x"}', artifacts: [artifact], output: "Hello" });
    for (let at = 0; at <= TASK_EVENTS_SHOWN_MAX; at++)
      tasks.tell(id, "activity", { kind: "tool", detail: String(at) });
    const shown = await json("show", id.toLowerCase());
    expect(shown).toMatchObject({ id, title: "Chat", status: "running", question: QUESTION, draft: { text: "x" } });
    expect(shown).toMatchObject({ artifacts: [artifact], output: "Hello", resumes: 0, is_served: true });
    expect(shown.events).toHaveLength(TASK_EVENTS_SHOWN_MAX);
    expect(shown.events[0]).toMatchObject({ task_id: id, seq: 2, kind: "activity", type: 1, payload: { detail: "1" } });
  });

  test("prints a block and what happened for people", async () => {
    const { id } = asking();
    const { stdout } = await run(["show", id]);
    for (const text of [id, "waits for an answer", "Which folder?", "inbox", "started   Chat", "  2. archive"]) {
      expect(stdout).toContain(text);
    }
  });

  test.each([["show"], ["follow"], ["cancel"], ["answer", "text"]])(
    "%s does not know a task that is not there",
    async (word, ...rest) => {
      for (const id of [crypto.randomUUID(), "x", " "]) {
        const { code, stdout } = await run([word, id, ...rest, "--json"]);
        expect([code, JSON.parse(stdout).error.code]).toEqual([10, "task_unknown"]);
      }
    },
  );
});

describe("tasks follow", () => {
  test("prints what happened and what happens, and ends as the task does", async () => {
    const { id } = tasks.add();
    tasks.tell(id, "started", { title: "Chat" });
    const { code, stdout } = start(["follow", id]);
    await tasks.followedBy(1);
    tasks.tell(id, "output", { text: "Hello" });
    complete(id, { output: "Hello" });
    expect(await code).toBe(0);
    expect(stdout.text).toMatch(/started {3}Chat\n {2}Hello\n.*completed Chat completed\n$/);
  });

  test.each(["failed", "cancelled"] as const)("exits 1 when the task is %s", async (status) => {
    const { id } = tasks.add({ status });
    tasks.tell(id, status, { success: false, summary: "no", title: "Chat" });
    expect((await run(["follow", id])).code).toBe(1);
    expect((await run(["follow", id, "--after", "1", "--json"])).stdout).toBe("");
  });

  test("prints a document a line for programs, whatever round it is", async () => {
    const { id } = tasks.add({ status: "completed" });
    tasks.tell(id, "started");
    tasks.tell(id, "failed", { success: false });
    tasks.tell(id, "started");
    tasks.tell(id, "completed", { success: true, output: "a\u001bb" });
    const { code, stdout } = await run(["follow", id, "--after", "1", "--json"]);
    const lines = stdout.trimEnd().split("\n");
    expect([code, lines.map((line) => JSON.parse(line).kind)]).toEqual([0, ["failed", "started", "completed"]]);
    expect(JSON.parse(lines[2]!)).toEqual({
      task_id: id,
      seq: 4,
      kind: "completed",
      type: 4,
      payload: { success: true, output: "a\u001bb" },
      at: expect.any(String),
    });
    expect(stdout).not.toContain("\u001b");
  });

  test("leaves at Ctrl-C, and says what becomes of the task", async () => {
    const { id } = tasks.add();
    const { code, stderr, ctrlC } = start(["follow", id]);
    await tasks.followedBy(1);
    ctrlC.abort();
    expect(await code).toBe(130);
    expect(stderr.text).toContain("the task goes on");
    expect([tasks.followers, (await tasks.show(id)).status]).toEqual([0, "running"]);
  });

  test("says that the task goes on in the host that serves, also while no host has it in its hands yet", async () => {
    const { id } = tasks.add({ isServed: false });
    const { code, stderr, ctrlC } = start(["follow", id]);
    await tasks.followedBy(1);
    ctrlC.abort();
    expect([await code, stderr.text]).toEqual([130, expect.stringContaining("the task goes on;")]);
  });

  test("ends with the host that it follows the task in, so that it holds up nobody", async () => {
    const { id } = tasks.add();
    const { code, stderr, stopping } = start(["follow", id]);
    await tasks.followedBy(1);
    stopping.abort();
    expect([await code, tasks.followers]).toEqual([30, 0]);
    expect(stderr.text).toContain(`"osaurus tasks follow ${id}" goes on with it`);
  });

  test("says how a question is answered where nobody can be asked", async () => {
    const { id } = asking();
    const { code, stderr } = start(["follow", id]);
    await expect.poll(() => stderr.text).toContain(`osaurus tasks answer ${id} TEXT`);
    await tasks.answer(id, "inbox");
    complete(id);
    expect(await code).toBe(0);
  });

  test("asks at a terminal, and an answer that is blank again", async () => {
    const { id } = asking();
    const typed = ["", "  ", "2"];
    const asked: string[] = [];
    const types = async (question: string) => {
      asked.push(question);
      return typed.shift();
    };
    const { code, stdout } = start(["follow", id], { types });
    await expect.poll(() => tasks.answers).toEqual([{ id, text: "archive" }]);
    complete(id);
    expect(await code).toBe(0);
    expect(asked).toEqual(Array(3).fill("answer (a number, or a text): "));
    expect(stdout.text).toContain("  2. archive\n");
  });

  test("takes a question back that was answered elsewhere", async () => {
    const { id } = asking();
    let wasTaken = false;
    const types = async (_: string, until: AbortSignal) => {
      await new Promise((resolve) => until.addEventListener("abort", resolve));
      wasTaken = true;
      return undefined;
    };
    const { code, stderr } = start(["follow", id], { types });
    await tasks.followedBy(1);
    await expect.poll(() => tasks.followers).toBe(1);
    await tasks.answer(id, "inbox");
    complete(id);
    expect(await code).toBe(0);
    expect([wasTaken, stderr.text]).toEqual([true, ""]);
  });

  test("leaves a question open beside which something else happens", async () => {
    const { id } = asking();
    const { promise: typed, resolve: type } = Promise.withResolvers<string>();
    const { code, stdout } = start(["follow", id], {
      types: async (_, until) => {
        const taken = new Promise<undefined>((done) => until.addEventListener("abort", () => done(undefined)));
        return await Promise.race([typed, taken]);
      },
    });
    await tasks.followedBy(1);
    tasks.tell(id, "draft", { draft: { text: "Dear" }, title: "Chat" });
    tasks.tell(id, "progress", { progress: -1, current_step: "Waiting", title: "Chat" });
    await expect.poll(() => stdout.text).toContain("Waiting");
    type("inbox");
    await expect.poll(() => tasks.answers).toEqual([{ id, text: "inbox" }]);
    complete(id);
    expect(await code).toBe(0);
  });

  test("says so when somebody else was quicker", async () => {
    const { id } = asking();
    const types = async () => {
      tasks.change(id, { status: "running", question: null });
      return "inbox";
    };
    const { code, stderr } = start(["follow", id], { types });
    await expect.poll(() => stderr.text).toContain("answered elsewhere");
    complete(id);
    expect(await code).toBe(0);
  });

  test("fails when an answer cannot be given, and leaves nothing behind", async () => {
    const { id } = asking();
    tasks.answer = async () => {
      throw new Error("the disk is gone");
    };
    const { code, stderr } = await run(["follow", id], { types: async () => "inbox" });
    expect([code, tasks.followers]).toEqual([40, 0]);
    expect(stderr).toContain("error:");
  });

  test("asks nothing that was answered long ago", async () => {
    const { id } = asking();
    tasks.change(id, { status: "completed", question: null });
    tasks.tell(id, "completed", { success: true, summary: "ok" });
    const types = async () => {
      throw new Error("nothing is to be asked");
    };
    expect(await run(["follow", id], { types })).toMatchObject({ code: 0, stderr: "" });
  });

  test.each(["-1", "x", "1.5"])("refuses --after=%s", async (after) => {
    expect((await run(["follow", "x", `--after=${after}`])).code).toBe(2);
  });
});

describe("tasks cancel, interrupt and answer", () => {
  test("print the task as it is then", async () => {
    const { id } = asking();
    expect(await json("answer", id, "inbox")).toMatchObject({ id, title: "Chat", status: "running" });
    expect(await json("cancel", id)).toMatchObject({ id, title: "Chat", status: "cancelled" });
    expect((await run(["cancel", id])).code).toBe(1);
    expect((await run(["answer", id, "inbox"])).code).toBe(1);
    expect((await json("answer", id, "x")).error.code).toBe("task_over");
  });

  test("an interruption ends the task, with a message or without one", async () => {
    const [one, two, three] = [tasks.add(), tasks.add(), tasks.add()];
    expect(await json("interrupt", one.id, "Enough.")).toMatchObject({ id: one.id, status: "completed" });
    expect((await run(["interrupt", two.id])).code).toBe(0);
    expect((await run(["interrupt", three.id, "-"], { stdin: "Stop\n" })).code).toBe(0);
    expect(tasks.interrupts).toEqual([
      { id: one.id, message: "Enough." },
      { id: two.id, message: undefined },
      { id: three.id, message: "Stop" },
    ]);
    expect((await json("interrupt", one.id)).error.code).toBe("task_over");
    expect((await run(["interrupt", tasks.add().id, " "])).code).toBe(2);
    expect(tasks.interrupts).toHaveLength(3);
  });

  test("an answer is taken as it stands, from standard input too, and none is no answer", async () => {
    const { id } = asking();
    expect((await run(["answer", id, " "])).code).toBe(2);
    expect((await run(["answer", id, "-"], { stdin: "\n" })).code).toBe(2);
    expect((await run(["answer", id])).code).toBe(2);
    expect((await run(["answer", id, "\tinbox\n"])).code).toBe(0);
    expect(tasks.answers).toEqual([{ id, text: "\tinbox\n" }]);
  });

  test.each([
    ["2\n", "2"],
    ["2\r\n", "2"],
    ["2\n\n", "2\n"],
    [" 2", " 2"],
  ])("of what is piped in, %j, the line break at the end is left out", async (stdin, text) => {
    const { id } = asking();
    expect((await run(["answer", id, "-"], { stdin })).code).toBe(0);
    expect(tasks.answers).toEqual([{ id, text }]);
  });
});

describe("the answer that somebody types", () => {
  test.each([
    [{ ...QUESTION }, "1", "inbox"],
    [{ ...QUESTION }, " 2 ", "archive"],
    [{ ...QUESTION }, "3", "3"],
    [{ ...QUESTION }, "0", "0"],
    [{ ...QUESTION }, "1,2", "1,2"],
    [{ ...QUESTION, allow_multiple: true }, "2, 1,2", "archive, inbox"],
    [{ ...QUESTION, allow_multiple: true }, "1, 9", "1, 9"],
    [{ ...QUESTION }, "somewhere else", "somewhere else"],
    [{ ...QUESTION, options: ["2", "1"] }, "1", "1"],
    [{ question: "How many?", allow_multiple: false }, "1", "1"],
  ])("to %j: %j is %j", (question, typed, answer) => {
    expect(chosenText(question, typed)).toBe(answer);
  });
});
