// Stages behind commands that work with native plugins: the same with a host that runs on as without, for a line of its own
// and for one of an interactive shell.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { formatOrderedJson } from "../../src/base/ordered-json.ts";
import { type LineContext, main } from "../../src/commands/main.ts";
import type { Session } from "../../src/commands/session.ts";
import type { CommandIo } from "../../src/terminal/io.ts";
import { recordedOutput } from "../helpers/fake-terminal.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { runCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const tool = (id: string) => ({ id, description: `Does ${id}.`, permission_policy: "auto" });
const ROWS = '[{"a":1,"n":9007199254740993},{"a":2,"n":1.0},{"a":3,"t":"\\u001b[31mred"}]';

/** A plugin whose tool "free" gives its arguments back. */
function user() {
  const env = { ...home.env, OSAURUS_HOME: tempDir(), TMPDIR: tempDir(), NO_COLOR: "1" };
  const id = "test.cli.words";
  writeFileSync(
    join(env.TMPDIR, "manifest.json"),
    JSON.stringify({ plugin_id: id, secrets: [], capabilities: { tools: [tool("free"), tool("fails")] } }),
  );
  installFixture(env.OSAURUS_HOME, "manifest-from-file", { id, consent: null });
  const osp = async (args: readonly string[], context: LineContext = {}) => {
    const stdout = recordedOutput();
    const stderr = recordedOutput();
    const signal = new AbortController().signal;
    const io: CommandIo = {
      env,
      cwd: home.path,
      stdout,
      stderr,
      signal,
      stdinIsTerminal: false,
      readStdin: async () => "",
    };
    const code = await main("osp", args, io, context);
    return { code, stdout: stdout.text, stderr: stderr.text };
  };
  return { env, osp };
}

function shell(overrides: Session["overrides"] = []): Session {
  const results = { get: () => undefined, set() {}, clear() {} };
  return { overrides, last: undefined, thrown: undefined, failure: undefined, results };
}

const FREE = ["words", "free", "--rows", ROWS];
const CALL = ["tools", "call", "test.cli.words", "free", "--args", `{"rows":${ROWS}}`];
const LINES: readonly (readonly string[])[] = [
  [...FREE, "|", "F", "a", ">", "1"],
  [...FREE, "|", "JQ", ".[0].rows | map(.n) | .[0]", "|", "VALUE"],
  [...FREE, "--json", "|", "F a > 1"],
  [...FREE, "|", "VALUE rows[0].n"],
  [...FREE, "|", "X"],
  [...FREE, "--json", "|", "L x"],
  [...FREE, "|", "G a", "|", "Z", "|", "Z"],
  ["words", "free", "--text", "one two", "|", "P text"],
  ["words", "free", "--help", "|", "agent"],
  ["words", "|", "F tool = fails"],
  ["words", "fails", "|", "C"],
  [...CALL, "|", "F a = 2"],
  [...CALL, "--json", "|", "F a = 2"],
  ["tools call test.cli.words fails --json | C"],
  ["tools", "list", "|", "P plugin_id, state"],
  ["tools", "list", "--json", "|", "C"],
  ["aliased", "2"],
];

test("output, exit code and the mark below a mistake are the same with a host that runs on", {
  timeout: 60_000,
}, async () => {
  const { env, osp } = user();
  Object.assign(env, {
    OSP__ALIAS__ALIASED: 'tools call test.cli.words free --args \'{"rows":[{"a":1},{"a":2}]}\' | F a = ${1} --json',
  });
  const withSession = async () => {
    const session = shell([{ key: "ui.format", value: "json", origin: "config set" }]);
    const shown = await osp(FREE, { session, pipeline: " F a > 2" });
    return { ...shown, last: { ...session.last, data: formatOrderedJson(session.last!.data) } };
  };
  const alone: Awaited<ReturnType<typeof osp>>[] = [];
  for (const line of LINES) alone.push(await osp(line));
  const aloneInShell = await withSession();

  await startServe(env);
  const served: typeof alone = [];
  for (const line of LINES) served.push(await osp(line));
  expect(served).toEqual(alone);
  expect(await withSession()).toEqual(aloneInShell);

  // And it is what it should be.
  const of = (index: number) => alone[index]!;
  expect(JSON.parse(of(2).stdout)).toEqual({
    rows: [
      { a: 2, n: 1 },
      { a: 3, t: "\u001b[31mred" },
    ],
  });
  expect(of(3).stdout).toBe("9007199254740993\n");
  expect(of(4)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("\n  | X\n    ^\n") });
  expect(JSON.parse(of(5).stdout).error.details).toEqual({ pipeline: "L x", at: 2, to: 3 });
  expect(of(6)).toMatchObject({ code: 2, stdout: "" });
  expect(of(10)).toMatchObject({ code: 1, stdout: "" });
  expect(JSON.parse(of(12).stdout)).toEqual({ rows: [{ a: 2, n: 1 }] });
  expect(JSON.parse(of(13).stdout)).toMatchObject({ ok: false });
  expect(JSON.parse(of(16).stdout)).toEqual({ rows: [{ a: 2 }] });
  expect(JSON.parse(aloneInShell.stdout)).toEqual({ rows: [{ a: 3, t: "\u001b[31mred" }] });
  expect(aloneInShell.last).toMatchObject({ pipeline: " F a > 2", data: expect.stringContaining("9007199254740993") });

  // A real process shows the same.
  expect(await runCli(LINES[0]!, { env })).toEqual(of(0));
});
