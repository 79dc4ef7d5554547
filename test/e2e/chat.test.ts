// `osaurus chat` as people and scripts use it: with the real program, a scripted model, and a terminal.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { delta, event, hangingStream, startModelServer } from "../helpers/model-server.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const OSAURUS = join(import.meta.dirname, "../../bin/osaurus");

/** A data folder with a model that follows these turns. */
async function user(turns: readonly object[]) {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  const osaurus = (args: readonly string[], input?: string) =>
    runCli(args, { program: "osaurus", env, ...(input === undefined ? {} : { input }) });
  const json = async (...args: string[]) => JSON.parse((await osaurus([...args, "--json"])).stdout);
  if (turns.length > 0) {
    const script = join(env.OSAURUS_HOME, "script.json");
    writeFileSync(script, JSON.stringify({ turns }));
    await osaurus(["providers", "add", "demo", "--script", script]);
  }
  return { env, data: env.OSAURUS_HOME, osaurus, json };
}

/** Somebody at a terminal, who waits for a text on the screen and then presses keys, one step after the other. */
async function atTerminal(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  steps: readonly (readonly [text: string, keys: string])[],
  term = "dumb",
): Promise<{ code: number; screen: string }> {
  const child = spawn("python3", ["-c", PRESSES_KEYS, OSAURUS, "chat", ...args], {
    env: { ...env, TERM: term, STEPS: JSON.stringify(steps) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, "close");
  return { code, screen: Buffer.concat(chunks).toString("utf8") };
}

test("a question is answered on stdout, and nothing else is there", async () => {
  const { osaurus, json } = await user([{ text: ["Hel", "lo\u001b[31m."], reasoning: "hm" }]);
  expect(await osaurus(["chat", "Hi"])).toEqual({ code: 0, stdout: "Hello\u241b[31m.\n", stderr: "" });
  expect(await json("chat", "Hi")).toMatchObject({
    session_id: expect.stringMatching(/^[0-9A-F-]{36}$/),
    agent: { name: "default" },
    finish: "stop",
    content: "Hello\u001b[31m.",
    reasoning: "hm",
    tool_calls: [],
    usage_is_estimated: true,
  });
});

test("the question may come from standard input, and a session goes on where it was", async () => {
  const { osaurus, json } = await user([{ text: "One." }, { text: "Two: {{last_user}}" }]);
  await osaurus(["agents", "create", "--name", "Helper"]);
  const { session_id: id } = await json("chat", "--agent", "Helper", "first");
  expect(await osaurus(["chat", "--session", id], "second")).toMatchObject({ code: 0, stdout: "Two: second\n" });
  const other = await osaurus(["chat", "--session", id, "--agent", "default", "third"]);
  expect(other).toMatchObject({ code: 10, stdout: "" });
  expect(other.stderr).toContain("[session_unknown]");
});

test("what cannot be asked says why, with the exit code of its kind", async () => {
  const { osaurus } = await user([]);
  const [nothing, nobody, noSession, noModel] = await Promise.all([
    osaurus(["chat"]),
    osaurus(["chat", "--agent", "nobody", "Hi"]),
    osaurus(["chat", "--session", "x", "Hi"]),
    osaurus(["chat", "Hi"]),
  ]);
  expect([nothing.code, nobody.code, noSession.code, noModel.code]).toEqual([2, 10, 10, 20]);
  expect(noModel.stderr).toContain("[model_provider_missing]");
});

test("tools are called and named on stderr; a run that may not go on exits 1 with what there is", async () => {
  const { osaurus, json, data } = await user([{ text: "Wait.", tool_calls: [{ name: "free", arguments: { n: 1 } }] }]);
  installFixture(data, "echoes-input", { consent: ["network", "calendar"] });
  const { code, stdout, stderr } = await osaurus(["chat", "Go"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Wait\.\n/);
  expect(stderr).toContain('[tool] free {"n":1}');
  expect(stderr).toContain("[max_iterations_reached]");
  const document = await json("chat", "Go");
  expect(document).toMatchObject({ finish: "max_iterations", error: { code: "max_iterations_reached" } });
  expect(document.tool_calls[0]).toMatchObject({ name: "free" });
});

test("a run leaves a row that shares its trace with those of its tools", async () => {
  const { osaurus, json, data } = await user([{ tool_calls: [{ name: "free", arguments: {} }] }, { text: "Done." }]);
  installFixture(data, "echoes-input", { consent: ["network", "calendar"] });
  expect(await osaurus(["chat", "Go"])).toMatchObject({ code: 0, stdout: "Done.\n" });
  const [row] = await json("insights", "--kind", "inference");
  expect(row).toMatchObject({ plugin_id: null, path: "/inference/script", status: 200, response: "Done." });
  expect(await json("insights", "--kind", "tool")).toMatchObject([{ path: "/tools/free", trace_id: row.trace_id }]);
});

test("Ctrl-C ends the answer with 130 and lets go of the model's server", async () => {
  const { env, osaurus } = await user([]);
  const server = await startModelServer({ answers: [hangingStream(event(delta({ content: "Once" })))], models: ["m"] });
  await osaurus(["providers", "add", "slow", "--base-url", server.url, "--model", "m"]);
  const chat = startCli(["chat", "Hi"], { program: "osaurus", env });
  await once(chat.child.stdout!, "data");
  chat.child.kill("SIGINT");
  expect(await chat.result).toMatchObject({ code: 130, stdout: "Once\n" });
  await server.completions[0]!.over;
  expect(server.completions[0]!.isCancelled).toBe(true);
});

test("with --json, Ctrl-C ends with the document of what there is, and 130", async () => {
  const { env, osaurus } = await user([]);
  const server = await startModelServer({ answers: [hangingStream(event(delta({ content: "Once" })))], models: ["m"] });
  await osaurus(["providers", "add", "slow", "--base-url", server.url, "--model", "m"]);
  const chat = startCli(["chat", "--json", "Hi"], { program: "osaurus", env });
  await expect.poll(() => server.completions.length, { timeout: 5_000 }).toBe(1);
  chat.child.kill("SIGINT");
  const { code, stdout } = await chat.result;
  expect(code).toBe(130);
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ finish: "cancelled", error: { code: "interrupted" } });
  expect(document).toHaveProperty("session_id");
});

test("a question that was not answered leaves no conversation", async () => {
  const { osaurus, json } = await user([{ text: "x", fail: "inference_unreachable" }]);
  await osaurus(["providers", "add", "down", "--base-url", "http://127.0.0.1:9", "--model", "m"]);
  expect((await osaurus(["chat", "--model", "down/m", "Hi"])).code).toBe(30);
  expect(await json("sessions", "list")).toEqual([]);
});

test("of a conversation that is too long one line says that not all of it was sent", async () => {
  const { osaurus, json } = await user([{ text: "Seen." }]);
  const { session_id: id } = await json("chat", "first");
  for (let times = 0; times < 2; times++) await osaurus(["chat", "--session", id], "y".repeat(300_000));
  const { code, stdout, stderr } = await osaurus(["chat", "--session", id, "And now?"]);
  expect([code, stdout]).toEqual([0, "Seen.\n"]);
  expect(stderr.match(/too long for the model/g)).toHaveLength(1);
  expect(await json("chat", "--session", id, "And now?")).toMatchObject({ is_shortened: true });
});

test("two programs that go on with one session at once lose nothing of it", async () => {
  const { osaurus, json } = await user([{ text: "One.", delay_ms: 100 }]);
  const { session_id: id } = await json("chat", "first");
  const ends = await Promise.all(["second", "third"].map((text) => osaurus(["chat", "--session", id, text])));
  expect(ends.map(({ code }) => code)).toEqual([0, 0]);
  const session = await json("sessions", "show", id);
  const users = (session.messages as { role: string; content: string }[]).filter(({ role }) => role === "user");
  expect(users.map(({ content }) => content).sort()).toEqual(["first", "second", "third"]);
});

test("a conversation at a terminal goes line by line and says how to go on with it", async () => {
  const { env } = await user([{ text: "First: {{last_user}}" }, { text: "Second: {{last_user}}" }]);
  const { code, screen } = await atTerminal(
    env,
    [],
    [
      ["> ", "one\r"],
      ["First: one", ""],
      ["> ", "two\r"],
      ["Second: two", ""],
      ["> ", CTRL_D],
    ],
  );
  expect(code).toBe(0);
  expect(screen).toMatch(/osaurus chat --session [0-9A-F-]{36}/);
});

test.each([
  ["a terminal that marks them", "xterm", "\u001b[200~one\rtwo\u001b[201~", "\r"],
  ["any other", "dumb", "one\rtwo\r", ""],
])("lines that are pasted are one message, in %s", async (_title, term, pasted, enter) => {
  const { env, json } = await user([{ text: "Got it." }]);
  const steps = [
    ["> ", pasted + enter],
    ["Got it.", ""],
    ["> ", CTRL_D],
  ] as const;
  expect((await atTerminal(env, [], steps, term)).code).toBe(0);
  const [session] = await json("sessions", "list");
  const { messages } = await json("sessions", "show", session.id);
  expect(messages.map(({ content }: { content: string }) => content)).toEqual(["one\ntwo", "Got it."]);
});

test("at a terminal, Ctrl-C cancels the answer and not the conversation", async () => {
  const { env, osaurus } = await user([]);
  const server = await startModelServer({
    answers: [hangingStream(event(delta({ content: "Once upon" })))],
    models: ["m"],
  });
  await osaurus(["providers", "add", "slow", "--base-url", server.url, "--model", "m"]);
  const { code } = await atTerminal(
    env,
    [],
    [
      ["> ", "tell\r"],
      ["Once upon", CTRL_C],
      ["(cancelled)", ""],
      ["> ", CTRL_D],
    ],
  );
  expect(code).toBe(0);
  expect(server.completions[0]!.isCancelled).toBe(true);
});

test("at the prompt, Ctrl-C leaves with 130", async () => {
  const { env } = await user([{ text: "x" }]);
  expect((await atTerminal(env, [], [["> ", CTRL_C]])).code).toBe(130);
});

test("a tool that asks is asked about in the middle of a conversation, which then goes on", async () => {
  const { env, data } = await user([
    { tool_calls: [{ name: "asks", arguments: {} }] },
    { text: "It ran." },
    { text: "And on." },
  ]);
  installFixture(data, "echoes-input", { consent: ["network", "calendar"] });
  const { code, screen } = await atTerminal(
    env,
    [],
    [
      ["> ", "go\r"],
      ["may it run? ", "o\r"],
      ["It ran.", ""],
      ["> ", "more\r"],
      ["And on.", ""],
      ["> ", CTRL_D],
    ],
  );
  expect(code).toBe(0);
  expect(screen).toContain('The tool "asks" of the plugin "test.echoes-input" wants to run');
  expect(screen).not.toContain("failed");
});

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

const PRESSES_KEYS = `
import json, os, pty, sys
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
steps = [(text.encode(), keys.encode()) for text, keys in json.loads(os.environ["STEPS"])]
seen = b""
while True:
    try:
        chunk = os.read(master, 65536)
    except OSError:  # Linux says EIO once everybody has closed the terminal.
        break
    if not chunk:
        break
    seen += chunk
    sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()
    while steps and steps[0][0] in seen:
        text, keys = steps.pop(0)
        seen = seen.split(text, 1)[1]
        os.write(master, keys)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(99 if steps else code)
`;
