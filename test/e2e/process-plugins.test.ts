import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FRAME_BYTES_MAX } from "../../src/protocol/limits.ts";
import { pluginDir, processFixture } from "../helpers/process-fixtures.ts";
import { untilGone, untilLine } from "../helpers/processes.ts";
import { type CliResult, runCli, startCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

/** Runs `osp` with a plugin folder that holds just the named fixtures. */
async function osp(fixtures: readonly string[], ...args: string[]): Promise<CliResult> {
  const result = await runCli(["--plugin-dir", pluginDir(...fixtures), ...args], { env: home.env });
  expect(result.stderr, "a stack trace").not.toMatch(/\n\s+at |node:internal/);
  return result;
}

function errorIn({ stdout }: CliResult): { code: string; message: string; details?: unknown } {
  return JSON.parse(stdout).error;
}

describe("a command that works", () => {
  test("prints a table on stdout and nothing on stderr", async () => {
    expect(await osp(["hints"], "hints")).toEqual({
      code: 0,
      stderr: "",
      stdout: [
        "+------+-------+-------+",
        "| Name | Bytes | extra |",
        "+------+-------+-------+",
        "| a    |     5 | x     |",
        "| bb   |  1234 |       |",
        "+------+-------+-------+",
        "",
      ].join("\n"),
    });
  });

  test("prints its rows with --json exactly as received, wherever the flag stands", async () => {
    const expected = [
      "[",
      "  {",
      '    "2": 12345678901234567890,',
      '    "1": 1.0,',
      '    "__proto__": 1e3,',
      '    "name": -0.10',
      "  },",
      "  {",
      '    "1": 9007199254740993,',
      '    "new": true',
      "  }",
      "]",
      "",
    ].join("\n");
    expect(await osp(["numbers"], "numbers", "--json")).toEqual({ code: 0, stderr: "", stdout: expected });
    expect((await osp(["numbers"], "--json", "numbers")).stdout).toBe(expected);
  });

  test("a table keeps numbers and member order, and makes room for wide characters and line breaks", async () => {
    const numbers = await osp(["numbers"], "numbers");
    expect(numbers.stdout).toContain("| 2                    | 1                | __proto__ | name  | new  |");
    expect(numbers.stdout).toContain("| 12345678901234567890 | 1.0              | 1e3       | -0.10 |      |");
    const wide = await osp(["wide"], "wide", "--unicode", "always");
    expect(wide.stdout.split("\n")).toEqual([
      "╭───────┬──────╮",
      "│ city  │ mark │",
      "├───────┼──────┤",
      "│ 東京  │ é    │",
      "│ Oslo  │ 👩‍👩‍👧   │",
      "│ two   │ null │",
      "│ lines │      │",
      "╰───────┴──────╯",
      "",
    ]);
  });

  test("a single value is printed as a line, and with --json as a row", async () => {
    expect((await osp(["scalar"], "scalar")).stdout).toBe("42 kettles\n");
    expect(JSON.parse((await osp(["scalar"], "scalar", "--json")).stdout)).toEqual([{ value: "42 kettles" }]);
  });

  test("rows of a document are shown as a table, and the document itself with --json", async () => {
    const table = await osp(["row-path"], "row-path");
    expect(table.stdout).toContain("| host.name | up    | host         |");
    expect(table.stdout).toContain("| null      | false |              |");
    expect(JSON.parse((await osp(["row-path"], "row-path", "--json")).stdout)).toMatchObject({ total: 2 });
  });

  test("gets its arguments, the runtime hints, an empty standard input and the current folder", async () => {
    const dir = pluginDir("shows-call");
    const env = { ...home.env, TERM: "xterm", OSP_PLUGIN_CFG_TOKEN: "of another plugin", OSP_COMMAND: "outer" };
    const args = ["SHOWS-CALL", "one", "--limit", "--json", "-v", "--format=json", "--", "--json", "-q"];
    const result = await runCli(["--plugin-dir", dir, ...args], { env, cwd: dir, input: "not for the plugin" });
    expect(JSON.parse(result.stdout)).toEqual({
      args: ["shows-call", "one", "--limit", "--json", "--", "--json", "-q"],
      stdin: "",
      cwd: dir,
      env: {
        OSP_COLOR: "auto",
        OSP_COMMAND: "shows-call",
        OSP_DEBUG_LEVEL: "0",
        OSP_FORMAT: "json",
        OSP_PROFILE: "default",
        OSP_TERMINAL: "xterm",
        OSP_TERMINAL_KIND: "cli",
        OSP_UI_VERBOSITY: "trace",
        OSP_UNICODE: "auto",
      },
    });
  });

  test("gets a host flag that its description declares for the subcommand at hand", async () => {
    const args = async (...words: string[]) =>
      JSON.parse((await osp(["shows-call"], "shows-call", ...words)).stdout).args;
    expect(await args("--quiet", "x", "--format", "json")).toEqual(["shows-call", "--quiet", "x"]);
    expect(await args("deep", "--json", "-h", "1", "--format", "json")).toEqual([
      "shows-call",
      "deep",
      "--json",
      "-h",
      "1",
    ]);
  });

  test("messages go to stderr, worst first, down to the level that was asked for", async () => {
    const plain = await osp(["messages"], "messages");
    expect(plain.stderr).toBe(
      "error: one shelf gone\nwarning: one shelf closed\nsuccess: list is fresh\ninfo: found none\n",
    );
    expect(plain.stdout).toBe("+--------+\n| kettle |\n+--------+\n");
    expect((await osp(["messages"], "messages", "-v")).stderr).toContain("trace: asked twice");
    expect((await osp(["messages"], "messages", "-qq")).stderr).toBe(
      "error: one shelf gone\nwarning: one shelf closed\n",
    );
  });

  test("control characters reach neither stdout nor stderr", async () => {
    for (const words of [["control-bytes"], ["control-bytes", "--json"], ["plugins", "list"], ["--help"]]) {
      const { code, stdout, stderr } = await osp(["control-bytes"], ...words);
      expect(code).toBe(0);
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      expect(stdout).not.toBe("");
    }
  });

  test("bytes that are no UTF-8 are shown as replacement characters", async () => {
    expect((await osp(["bad-utf8"], "bad-utf8")).stdout).toContain("caf\ufffd");
  });

  test("a process that it leaves behind does not hold up its answer, and is ended", async () => {
    const file = join(tempDir(), "pid");
    const result = await osp(["leaves-grandchild"], "leaves-grandchild", file, "--json");
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(result.stdout)).toEqual([{ answer: 42 }]);
    await untilGone(Number(await untilLine(file)));
  });

  test("a folder that is not there is warned about, once, and the others are searched", async () => {
    const result = await osp(["scalar"], "scalar", "--plugin-dir", "/no/such/folder", "--plugin-dir=/no/such/folder");
    expect(result).toEqual({
      code: 0,
      stdout: "42 kettles\n",
      stderr: "warning: --plugin-dir /no/such/folder: there is no such folder\n",
    });
  });

  test("--debug shows how it was called", async () => {
    const { stderr } = await osp(["scalar"], "scalar", "a b", "--debug");
    expect(stderr).toMatch(
      /^debug: ran \S+\/osp-scalar scalar 'a b'\ndebug: status 0, \d+ ms, \d+ bytes on stdout\n(<1ms|\d+ms|[\d.]+s)\n$/,
    );
  });
});

describe("a command that reports a failure", () => {
  test("prints the error on stderr and its data on stdout, and exits with 1", async () => {
    const result = await osp(["refuses"], "refuses", "-v");
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("warning: the list is old\nerror: NOT_FOUND: no kettle named blue\n");
    expect(result.stderr).toContain('"near"');
    expect(result.stdout).toContain("12345678901234567890");
  });

  test("prints one document with --json", async () => {
    const result = await osp(["refuses"], "refuses", "--json");
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      error: { code: "NOT_FOUND", message: "no kettle named blue", details: { near: ["black"] } },
      messages: [{ level: "warning", text: "the list is old" }],
    });
    expect(result.stdout).toContain('"tried": 12345678901234567890');
  });
});

describe("a plugin that misbehaves when it runs", () => {
  test.each([
    ["not-json", "response_not_json", 'found "F" where a value should be (line 1, column 1)'],
    ["prints-nothing", "response_not_json", "printed nothing"],
    ["two-documents", "response_not_json", "a second JSON document follows (line 2, column 1)"],
    ["prints-before", "response_not_json", "(line 1, column 1)"],
    ["invalid-response", "response_invalid", "messages[0].text: must not be blank; meta: is missing"],
    ["exits-3", "process_failed", "exited with status 3"],
    ["crashes", "process_killed", "ended by SIGSEGV"],
    ["endless", "process_output_too_large", "printed more than 67108864 bytes"],
  ])("%s: exit 30, %s, with nothing on stdout", async (name, code, message) => {
    const result = await osp([name], name);
    expect(result).toMatchObject({ code: 30, stdout: "" });
    expect(result.stderr).toMatch(/^error: plugin "/m);
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain(`[${code}]`);
  });

  test("with --json the error is one document on stdout", async () => {
    const result = await osp(["two-documents"], "two-documents", "--json");
    expect(errorIn(result)).toMatchObject({ code: "response_not_json", details: { problem: "trailing", line: 2 } });
  });

  test("what it said on stderr is shown before the error", async () => {
    expect((await osp(["exits-3"], "exits-3")).stderr).toMatch(/^the oven is cold\nerror: /);
  });

  test.each(["sleeps", "ignores-stop"])("%s: ended at the deadline, nothing is left", async (name) => {
    const file = join(tempDir(), "pid");
    const result = await osp([name], "--timeout", "0.8", name, file);
    expect(result).toMatchObject({ code: 30, stdout: "" });
    expect(result.stderr).toContain(`plugin "${name}" gave no answer in 800 ms [process_timeout]\nhelp: `);
    await untilGone(Number(await untilLine(file)));
  });

  test("that loses its interpreter after it was found cannot be started", async () => {
    const dir = tempDir();
    const path = join(dir, "osp-once");
    const describeOnce = readFileSync(processFixture("scalar"), "utf8")
      .replaceAll("scalar", "once")
      .replace("  exit\n", '  rm "$0"; exit\n');
    writeFileSync(path, describeOnce);
    chmodSync(path, 0o755);
    const result = await runCli(["--plugin-dir", dir, "once"], { env: home.env });
    expect(result).toMatchObject({ code: 30, stdout: "" });
    expect(result.stderr).toContain("the file is gone [process_spawn_failed]");
  });
});

describe("a plugin that cannot describe itself", () => {
  test.each([
    ["describe-empty", "describe_not_json", "printed nothing"],
    ["describe-not-json", "describe_not_json", "invalid JSON"],
    ["describe-two-documents", "describe_not_json", "a second JSON document follows"],
    ["describe-bad-utf8", "describe_not_json", "no UTF-8"],
    ["describe-no-commands", "describe_invalid", "commands: must offer at least one command"],
    ["describe-version-2", "describe_invalid", "protocol_version: must be 1, is 2"],
    ["needs-newer-host", "describe_invalid", "needs osp 999.0.0"],
    ["describe-fails", "describe_failed", "status 3; it said: library libkettle is missing"],
    ["describe-crashes", "describe_failed", "ended by SIGSEGV"],
    ["describe-endless", "describe_failed", "printed more than"],
    ["no-interpreter", "describe_failed", "its interpreter /no/such/interpreter is missing"],
  ])("%s: exit 30, %s", async (name, code, message) => {
    const result = await osp([name, "scalar"], name);
    expect(result).toMatchObject({ code: 30, stdout: "" });
    expect(result.stderr).toContain(`plugin "${name}" cannot be used: `);
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain(`[${code}]`);
  });

  test("does not keep the others from working", async () => {
    expect(await osp(["describe-fails", "describe-crashes", "scalar"], "scalar")).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  test("is named where a command is unknown and there is no other plugin", async () => {
    const result = await osp(["describe-fails"], "anything", "--json");
    expect(result.code).toBe(2);
    const hint = expect.stringContaining('the plugin "describe-fails", which cannot be used: ');
    expect(errorIn(result)).toMatchObject({ code: "command_unknown", hint });
  });
});

describe("finding a command", () => {
  test("an unknown one exits with 2 and names the nearest", async () => {
    const result = await osp(["scalar"], "sclar", "--json");
    expect(result.code).toBe(2);
    expect(errorIn(result)).toMatchObject({ code: "command_unknown", hint: 'did you mean "scalar"?' });
    expect((await osp([], "nothing")).stderr).toContain("no process plugin was found");
    expect((await osp([], "plugin")).stderr).toContain('did you mean "plugins"?');
  });

  test("of several providers none is guessed; the user names one", async () => {
    const ambiguous = await osp(["twin-a", "twin-b"], "twin");
    expect(ambiguous).toMatchObject({ code: 20, stdout: "" });
    expect(ambiguous.stderr).toContain("twin-a (explicit), twin-b (explicit) [provider_ambiguous]");
    expect((await osp(["twin-a", "twin-b"], "twin", "--plugin-provider", "twin-b")).stdout).toBe("b\n");
    const unknown = await osp(["twin-a", "twin-b"], "twin", "--plugin-provider=twin-c");
    expect(unknown.code).toBe(10);
    expect(unknown.stderr).toContain("[provider_unknown]");
  });

  test("folders come from the flag, OSP_PLUGIN_PATH and the configuration, in this order", async () => {
    const userDir = join(home.env["XDG_CONFIG_HOME"]!, "osp", "plugins");
    mkdirSync(userDir, { recursive: true });
    const plugin = join(userDir, "osp-twin-a");
    try {
      copyFileSync(processFixture("twin-a"), plugin);
      const env = { ...home.env, OSP_PLUGIN_PATH: pluginDir("scalar", "twin-a") };
      const list = await runCli(["plugins", "list", "--plugin-dir", pluginDir("hints"), "--json"], { env });
      const rows = JSON.parse(list.stdout) as Record<string, unknown>[];
      expect(rows.map((row) => [row["plugin_id"], row["source"], row["healthy"]])).toEqual([
        ["hints", "explicit", true],
        ["scalar", "env", true],
        ["twin-a", "env", true],
        ["twin-a", "user", false],
      ]);
      expect(rows[3]!["issue"]).toContain("shadowed by ");
      expect((await runCli(["twin"], { env })).stdout).toBe("a\n");
      expect((await runCli(["twin"], { env: home.env })).stdout).toBe("a\n");
    } finally {
      rmSync(plugin);
    }
  });

  test("a plugin folder may be named behind the command too", async () => {
    expect((await osp([], "scalar", "--plugin-dir", pluginDir("scalar"))).stdout).toBe("42 kettles\n");
  });

  test.each([
    [["--format", "braille"], '--format takes auto, json, table, md, mreg, value, guide, not "braille"'],
    [["--format"], "--format needs a value"],
    [["--json", "--json"], "the format can be chosen only once"],
    [["--plugin-provider="], "--plugin-provider needs a value"],
  ])("a host flag that is wrong is a usage error: %j", async (words, message) => {
    const result = await osp(["scalar"], "scalar", ...words);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
  });
});

describe("an answer that would need far more memory than it has bytes", () => {
  /** A plugin folder with one plugin, `big`, that prints these rows. */
  function bigPlugin(data: string): string {
    const dir = tempDir();
    const describe = readFileSync(processFixture("scalar"), "utf8").split("fi\n", 1)[0]!.replaceAll("scalar", "big");
    writeFileSync(join(dir, "osp-big"), `${describe}fi\nexec cat "$0.json"\n`, { mode: 0o755 });
    writeFileSync(join(dir, "osp-big.json"), `{"protocol_version":1,"ok":true,"data":${data},"meta":{}}`);
    return dir;
  }

  test("with a column for each of its rows is printed as JSON lines, with a note", async () => {
    const data = `[${Array.from({ length: 20_000 }, (_, i) => `{"k${i}":1}`)}]`;
    const { code, stdout, stderr } = await runCli(["--plugin-dir", bigPlugin(data), "big"], { env: home.env });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^info: the result is too large for a table; .*\n$/)]);
    expect(stdout.split("\n").slice(-3)).toEqual(['{"k19998":1}', '{"k19999":1}', ""]);
  });

  test("with too many values is refused", async () => {
    const result = await runCli(["--plugin-dir", bigPlugin(`[${"{},".repeat(2_000_000)}1]`), "big"], { env: home.env });
    expect(result).toMatchObject({ code: 30, stdout: "" });
    expect(result.stderr).toMatch(
      /^error: plugin "big" printed more than 2000000 values .*\[process_output_too_large\]/,
    );
  });
});

describe("plugins list", () => {
  test("shows broken plugins with what is wrong, and exits with 0", async () => {
    const result = await osp(["scalar", "describe-fails"], "plugins", "list", "--json");
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(result.stdout)).toEqual([
      {
        plugin_id: "describe-fails",
        version: null,
        plugin_version: null,
        source: "explicit",
        path: expect.stringMatching(/osp-describe-fails$/),
        healthy: false,
        enabled: true,
        issue: "--describe exited with status 3; it said: library libkettle is missing",
        commands: [],
      },
      {
        plugin_id: "scalar",
        version: "1.0.0",
        plugin_version: "1.0.0",
        source: "explicit",
        path: expect.stringMatching(/osp-scalar$/),
        healthy: true,
        enabled: true,
        issue: null,
        commands: ["scalar"],
      },
    ]);
    expect((await osp(["scalar"], "plugins", "list")).stdout).toContain(
      "| scalar    | 1.0.0   | explicit | yes     | scalar   |",
    );
  });

  test("is an empty list when there is none", async () => {
    expect((await osp([], "plugins", "list", "--json")).stdout).toBe("[]\n");
    const text = await osp([], "plugins", "list");
    expect(text.stdout).toBe("");
    expect(text.stderr).toContain("no process plugins in ");
    const env = { ...home.env, OSP_PLUGIN_PATH: "/no/a\nhelp \u001b[2J" };
    expect((await runCli(["plugins", "list"], { env })).stderr).toContain("/no/a\n  help ␛[2J, ");
  });
});

describe("help", () => {
  test("the program's lists built-in and plugin commands", async () => {
    const { code, stdout } = await osp(["shows-call", "describe-fails", "twin-a", "twin-b"], "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/plugins list +list process plugins/);
    expect(stdout).toMatch(/shows-call +Show what the plugin was called with/);
    expect(stdout).toMatch(/twin +offered by twin-a, twin-b/);
    expect(stdout).toContain('1 plugin cannot be used: run "osp plugins list"');
  });

  test.each([
    [["shows-call", "deep", "--help"], "shows-call deep --help"],
    [["shows-call", "help", "deep"], "shows-call help deep"],
    [["help", "shows-call"], "shows-call --help"],
  ])("a plugin command's comes from the plugin, with its exit code: %j", async (words, passedOn) => {
    expect(await osp(["shows-call"], ...words)).toEqual({ code: 7, stderr: "", stdout: `usage: ${passedOn}\n` });
  });

  test("of a word that a group does not have is a mistake", async () => {
    const result = await osp([], "help", "tools", "nope");
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain('unknown command "tools nope"');
    expect((await osp([], "help", "tools")).stdout).toContain("usage: osp tools COMMAND");
  });

  test("a built-in command's names its options", async () => {
    expect((await osp([], "plugins", "list", "--help")).stdout).toMatch(/usage: osp plugins list\n.*--json/s);
  });
});

describe("Ctrl-C", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)(
    "%s reaches a running plugin; exit 130, nothing is left",
    async (signal) => {
      for (const name of ["sleeps", "ignores-stop"]) {
        const file = join(tempDir(), "pid");
        const cli = startCli(["--plugin-dir", pluginDir(name), name, file], { env: home.env });
        const pid = Number(await untilLine(file));
        cli.child.kill(signal);
        const result = await cli.result;
        expect(result).toMatchObject({ code: 130, stdout: "" });
        expect(result.stderr).toContain("[interrupted]");
        await untilGone(pid);
      }
    },
  );

  test.each([
    ["SIGINT", "INT"],
    ["SIGHUP", "TERM"],
  ] as const)("%s lets the plugin clean up, which gets %s", async (signal, received) => {
    const file = join(tempDir(), "signal");
    const cli = startCli(["--plugin-dir", pluginDir("tells-signal"), "tells-signal", file], { env: home.env });
    await cli.stderrContains("waiting");
    cli.child.kill(signal);
    expect((await cli.result).code).toBe(130);
    expect(await untilLine(file)).toBe(received);
  });

  test("ends a plugin that hangs while it is described", async () => {
    const dir = tempDir();
    const path = join(dir, "osp-waits");
    const file = join(dir, "pid");
    writeFileSync(path, `#!/bin/sh\necho $$ >"${file}"\nexec sleep 1000\n`);
    chmodSync(path, 0o755);
    const cli = startCli(["--plugin-dir", dir, "waits"], { env: home.env });
    const pid = Number(await untilLine(file));
    cli.child.kill("SIGINT");
    expect((await cli.result).code).toBe(130);
    await untilGone(pid);
  });
});

test("--no-color works for every command, wherever it stands, and not with another choice", async () => {
  const colored = await osp(["scalar"], "plugins", "list", "--color", "always");
  expect(colored.stdout).toContain("\u001b[");
  for (const words of [
    ["plugins", "list", "--no-color"],
    ["--no-color", "plugins", "list"],
    ["--no-color", "hints"],
    ["hints", "--no-color"],
  ]) {
    const { code, stdout } = await osp(["hints"], ...words);
    expect([code, stdout.includes("\u001b")], words.join(" ")).toEqual([0, false]);
  }
  for (const words of [
    ["plugins", "list", "--no-color", "--color", "always"],
    ["--color", "always", "plugins", "list", "--no-color"],
  ]) {
    const both = await osp(["scalar"], ...words);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("the colour can be chosen only once")]);
  }
});

describe("standard input for --args -", () => {
  const args = ["tools", "call", "no.such.plugin", "tool", "--args", "-"];
  const bin = join(import.meta.dirname, "../../bin/osaurus");

  test("is given up at Ctrl-C", async () => {
    const child = spawn(bin, args, { env: home.env, stdio: ["pipe", "ignore", "ignore"] });
    // More than fits into the pipe: when it is gone, somebody reads.
    await new Promise((resolve) => child.stdin.write(" ".repeat(4_000_000), resolve));
    child.stdin.on("error", () => {});
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(130);
  });

  test("is accepted up to the limit and refused one byte past it", async () => {
    const call = async (bytes: number) =>
      await runCli(args, { program: "osaurus", env: home.env, input: " ".repeat(bytes) });
    expect((await call(FRAME_BYTES_MAX)).stderr).toContain("[plugin_unknown]");
    const refused = await call(FRAME_BYTES_MAX + 1);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("[input_too_large]");
  });
});

test.runIf(process.platform === "linux")("output that cannot be written is an error with a code", async () => {
  const run = async (redirection: string) => {
    const osp = join(import.meta.dirname, "../../bin/osp");
    const child = spawn("/bin/sh", ["-c", `"$0" --version ${redirection}`, osp], { env: home.env });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const [code] = await once(child, "close");
    return { code, stderr };
  };
  const { code, stderr } = await run(">/dev/full");
  expect(code).toBe(20);
  expect(stderr).toMatch(/^error: cannot write standard output: ENOSPC.* \[output_failed\]\n$/);
  expect(await run(">/dev/full 2>/dev/full")).toEqual({ code: 20, stderr: "" });
});

describe("the launcher", () => {
  test("starts from a folder whose name means something in an address", async () => {
    const root = join(import.meta.dirname, "../..");
    const copy = join(tempDir(), "a#b?c%20d");
    for (const part of ["bin", "src", "package.json"]) cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    const launch = [join(copy, "bin", "launch.cjs"), "osp", "--version"];
    const child = spawn(process.execPath, launch, { env: home.env, stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    await once(child, "close");
    expect(stdout).toMatch(/^osp \d/);
  });

  test("says what to do in a checkout that was not set up, and with a Node that is too old", async () => {
    const copy = tempDir();
    for (const part of ["bin", "src", "package.json"]) {
      cpSync(join(import.meta.dirname, "../..", part), join(copy, part), { recursive: true });
    }
    const program = join(copy, "bin", "osp");
    const notSetUp = spawnSync(program, ["plugins", "list"], { env: home.env, encoding: "utf8" });
    expect(notSetUp).toMatchObject({ status: 20, stdout: "" });
    expect(notSetUp.stderr).toMatch(/^error: Osprey is not set up yet\nhelp: run "make setup" in .*\n$/);
    // A Node that calls itself an old one.
    const pretend = 'Object.defineProperty(process.versions, "node", { value: "20.1.0" })';
    const preload = join(copy, "old.cjs");
    writeFileSync(preload, pretend);
    const env = { ...home.env, NODE_OPTIONS: `--require ${preload}` };
    const tooOld = spawnSync(program, ["--version"], { env, encoding: "utf8" });
    expect(tooOld.status).toBe(20);
    expect(tooOld.stderr).toMatch(/^error: Osprey needs Node 24 or newer/);
  });

  test("keeps nothing below a relative home", async () => {
    const cwd = tempDir();
    const { XDG_CACHE_HOME: _, ...env } = home.env;
    for (const HOME of ["", "here", "./here"]) {
      expect((await runCli(["--version"], { env: { ...env, HOME }, cwd })).code).toBe(0);
      expect((await runCli(["--version"], { env: { ...env, HOME, XDG_CACHE_HOME: "x" }, cwd })).code).toBe(0);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });
});

test("a reader that goes away ends the program quietly", async () => {
  const cli = startCli(["--plugin-dir", pluginDir("numbers"), "numbers", "--json"], { env: home.env });
  cli.child.stdout!.destroy();
  const { code, stderr } = await cli.result;
  expect([code, stderr]).toEqual([0, ""]);
});

test("in a folder that was removed the version is printed, and a command says what is wrong", async () => {
  const gone = join(tempDir(), "gone");
  const run = async (line: string) => {
    const code = `mkdir "$1" && cd "$1" && rmdir "$1" && ${join(import.meta.dirname, "../../bin/osp")} ${line}`;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", code, "sh", gone], { env: home.env, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  expect(await run("--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^osp \d/) });
  expect(await run("scalar")).toMatchObject({ status: 20, stderr: expect.stringContaining("[folder_missing]") });
});

test("where no cache can be kept, everything works all the same", async () => {
  const env = { ...home.env, XDG_CACHE_HOME: existsSync("/proc/self") ? "/proc/nowhere" : "/dev/null/nowhere" };
  const args = ["--plugin-dir", pluginDir("scalar"), "scalar"];
  for (let i = 0; i < 2; i++) {
    expect(await runCli(args, { env })).toEqual({ code: 0, stdout: "42 kettles\n", stderr: "" });
  }
  const set = await runCli(["config", "set", "ui.format", "md"], {
    env: { ...env, XDG_CONFIG_HOME: env.XDG_CACHE_HOME },
  });
  expect([set.code, set.stderr]).toEqual([20, expect.stringContaining("[config_unwritable]")]);
});

test("of a document that keeps its shape, listed columns that it has not, or that are null, are not shown", async () => {
  const dir = tempDir();
  const description = '{"protocol_version":1,"plugin_id":"p","plugin_version":"1.0.0","commands":[{"name":"p"}]}';
  const meta = '{"preserve_json_document":true,"columns":["n","z","nope","q"],"column_labels":["N","Z","No","Q"]}';
  const answer = `{"protocol_version":1,"ok":true,"data":{"n":"x","z":null,"q":9},"meta":${meta}}`;
  const script = `#!/bin/sh\n[ "$1" = --describe ] && echo '${description}' || echo '${answer}'\n`;
  writeFileSync(join(dir, "osp-p"), script, { mode: 0o755 });
  const show = async (format: string) => (await runCli(["--plugin-dir", dir, "p", format], { env: home.env })).stdout;
  expect(await show("--mreg")).toBe("N: x\nQ: 9\n");
  expect(await show("--table")).toBe("+---+---+\n| N | Q |\n+---+---+\n| x | 9 |\n+---+---+\n");
  expect(JSON.parse(await show("--json"))).toEqual({ n: "x", z: null, q: 9 });
});

test("a description with very many mistakes takes out its own plugin and no other", async () => {
  const dir = pluginDir("scalar");
  const flags = Array.from({ length: 900 }, (_, i) => `"--f${i}":{"suggestions":[${"{},".repeat(200)}{}]}`).join();
  const description = `{"protocol_version":1,"plugin_id":"p","plugin_version":"1","commands":[{"name":"p","flags":{${flags}}}]}`;
  writeFileSync(join(dir, "description"), description);
  writeFileSync(join(dir, "osp-p"), `#!/bin/sh\ncat '${join(dir, "description")}'\n`, { mode: 0o755 });
  symlinkSync("osp-loop", join(dir, "osp-loop"));
  const run = (...args: string[]) => runCli(["--plugin-dir", dir, ...args], { env: home.env });
  expect(await run("scalar")).toMatchObject({ code: 0, stdout: "42 kettles\n" });
  const rows = JSON.parse((await run("plugins", "doctor", "--json")).stdout) as Record<string, unknown>[];
  expect(rows.map(({ kind }) => kind).sort()).toEqual(["not_a_plugin", "plugin", "summary"]);
});

test("a reader that takes nothing keeps nobody from ending the program", async () => {
  const dir = tempDir();
  const description = '{"protocol_version":1,"plugin_id":"p","plugin_version":"1","commands":[{"name":"p"}]}';
  const script = `#!/bin/sh
[ "$1" = --describe ] && { echo '${description}'; exit; }
printf '{"protocol_version":1,"ok":true,"data":"'; head -c 3000000 /dev/zero | tr '\\0' x; printf '","meta":{}}'
`;
  writeFileSync(join(dir, "osp-p"), script, { mode: 0o755 });
  const bin = join(import.meta.dirname, "../../bin/osp");
  const child = spawn(bin, ["--plugin-dir", dir, "p"], { env: home.env, stdio: ["ignore", "pipe", "ignore"] });
  // The first bytes are there, so the plugin is done; the rest waits for a reader.
  await once(child.stdout, "readable");
  child.kill("SIGTERM");
  const [code, signal] = await once(child, "exit");
  expect([code, signal]).toEqual([null, "SIGTERM"]);
});

test("what a plugin calls itself is quoted where it may be copied into a shell", async () => {
  const dir = pluginDir("twin-a");
  const text = readFileSync(processFixture("twin-b"), "utf8").replaceAll("twin-b", "b; touch x #");
  writeFileSync(join(dir, "osp-b"), text, { mode: 0o755 });
  const { stderr } = await runCli(["--plugin-dir", dir, "twin"], { env: home.env });
  expect(stderr).toMatch(/--plugin-provider (twin-a|'b; touch x #')/);
  const [, hint = ""] = stderr.split("help: ");
  expect(hint.replaceAll("'b; touch x #'", "")).not.toContain("touch");
});

test("a cache file that is a link is replaced, and what it led to is left alone", async () => {
  const own = makeTempHome();
  try {
    const precious = join(own.path, "precious");
    writeFileSync(precious, "keep");
    mkdirSync(join(own.env["XDG_CACHE_HOME"]!, "osp"), { recursive: true });
    symlinkSync(precious, join(own.env["XDG_CACHE_HOME"]!, "osp", "describe-v1.json"));
    expect((await runCli(["--plugin-dir", pluginDir("scalar"), "scalar"], { env: own.env })).code).toBe(0);
    expect(readFileSync(precious, "utf8")).toBe("keep");
  } finally {
    own.remove();
  }
});

test("compiled code is kept in a folder of the user's own, and not where others may write", async () => {
  const own = makeTempHome();
  try {
    const folder = join(own.env["XDG_CACHE_HOME"]!, "osp");
    rmSync(folder, { recursive: true }); // What is in it all homes of tests share.
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const run = () => runCli(["--version"], { env: own.env });
    expect((await run()).code).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
    chmodSync(folder, 0o700);
    expect((await run()).code).toBe(0);
    expect(readdirSync(folder)).toEqual(["compiled"]);
  } finally {
    own.remove();
  }
});
