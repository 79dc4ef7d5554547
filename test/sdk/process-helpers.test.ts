// What plugins do that are made with the helpers for process plugins: the same in each language.

import { beforeAll, describe, expect, test } from "vitest";
import { parseOrderedJson } from "../../src/base/ordered-json.ts";
import { readResponse } from "../../src/plugins/process/read-response.ts";
import { buildSinks, runSink, SINK_LANGUAGES, type SinkLanguage } from "../helpers/process-sinks.ts";

beforeAll(buildSinks, 120_000);

/** The answer of a plugin, which the host must take, and which must be all that it printed. */
async function answer(language: SinkLanguage, words: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = await runSink(language, words, env);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  await readResponse("sink", Buffer.from(stdout));
  return { ...JSON.parse(stdout), stdout, stderr };
}

/** What a refusal says; it has no data. */
async function refusal(language: SinkLanguage, words: readonly string[], env: Record<string, string> = {}) {
  const { ok, error, data } = await answer(language, words, env);
  expect({ ok, data }).toEqual({ ok: false, data: null });
  return error as { code: string; message: string; details?: unknown };
}

const USAGE: readonly [string[], string][] = [
  [[], "no command was given: there is sink, "],
  [["nosuch"], 'there is no command "nosuch": there is sink, '],
  [["group"], "one more word is needed behind group: there is inner"],
  [["group", "nosuch"], 'there is no "nosuch" below group: there is inner'],
  [["group", "inner"], "x is missing"],
  [["group", "inner", "a", "b"], '"b" is one argument too many'],
  [["sink", "a"], "--file is missing"],
  [["parse", "--nosuch"], 'there is no flag "--nosuch"'],
  [["parse", "-x"], 'there is no flag "-x"'],
  [["parse", "--limit"], "--limit needs a value"],
  [["parse", "--limit", "--tag"], "--limit needs a value"],
  [["parse", "--limit", "--"], "--limit needs a value"],
  [["parse", "--limit", "1", "-l", "2"], "--limit was given twice"],
  [["parse", "--shout=yes"], "--shout takes no value"],
  [["parse", "--limit", "many"], '--limit must be a whole number, not "many"'],
  [["parse", "--limit="], '--limit must be a whole number, not ""'],
];

const PARSED: readonly [string[], object][] = [
  [[], {}],
  [["a"], { first: "a" }],
  [["a", "b", "c"], { first: "a", rest: "b|c" }],
  [["--limit", "5", "a"], { first: "a", limit: 5 }],
  [["--limit=5"], { limit: 5 }],
  [["-l", "-5"], { limit: -5 }],
  [["-l5"], { limit: 5 }],
  [["--tag", "x", "a", "--tag=y=z"], { first: "a", tags: "x|y=z" }],
  [["-s", "--shout"], { shout: 2 }],
  [["-5", "-"], { first: "-5", rest: "-" }],
  [["--", "--limit", "--", "-h"], { first: "--limit", rest: "--|-h" }],
  [["", "a b"], { first: "", rest: "a b" }],
];

describe.each(SINK_LANGUAGES)("with the helper for %s", (language) => {
  test("a wrong command line is a refusal that says what is wrong", async () => {
    const told = await Promise.all(USAGE.map(([words]) => refusal(language, words)));
    const expected = USAGE.map(([, message]) => ({ code: "USAGE", message: expect.stringContaining(message) }));
    expect(told).toEqual(expected);
  });

  test("arguments and flags are told apart", async () => {
    const told = await Promise.all(PARSED.map(([words]) => answer(language, ["parse", ...words])));
    const nothing = { first: "", rest: "", limit: -1, tags: "", shout: 0 };
    expect(told.map(({ data }) => data[0])).toEqual(PARSED.map(([, row]) => ({ ...nothing, ...row })));
  });

  test("a flag of a command is known below it, where it may be typed before or behind", async () => {
    const [before, behind] = await Promise.all([
      answer(language, ["sink", "-f", "x", "below"]),
      answer(language, ["Sink", "BELOW", "--file=x"]),
    ]);
    expect(before.data).toEqual([{ command: "sink below", file: "x" }]);
    expect(behind.data).toEqual(before.data);
  });

  test("help is text, in every way to ask for it", async () => {
    const ways = [
      ["parse", "--help"],
      ["parse", "-h"],
      ["parse", "help"],
      ["help", "parse"],
      ["parse", "a", "-h"],
    ];
    const texts = await Promise.all(ways.map((words) => runSink(language, words)));
    for (const { status, stdout } of texts) {
      expect({ status, stdout }).toEqual({ status: 0, stdout: texts[0]!.stdout });
    }
    expect(texts[0]!.stdout).toMatch(
      /^usage: parse .*\n\narguments:\n {2}first\n {2}rest\n\nflags:\n {2}--limit, -l\n/,
    );
    const { stdout } = await runSink(language, ["--help"]);
    expect(stdout).toMatch(/^usage: sink, .*\n\ncommands:\n {2}sink +Everything\n/);
  });

  test("what a command prints goes to stderr", async () => {
    const { data, stderr } = await answer(language, ["prints"]);
    expect(data).toEqual([{ a: 1 }]);
    expect(stderr).toMatch(/^stray\nchild\n$/);
  });

  test("a command that fails unexpectedly is an internal failure, and stderr says more", async () => {
    const { ok, error, stderr } = await answer(language, ["throws"]);
    expect({ ok, code: error.code }).toEqual({ ok: false, code: "INTERNAL" });
    if (language !== "rust") expect(stderr).not.toBe("");
  });

  test("a command that ends the process or asks for what it did not declare has an answer all the same", async () => {
    const told = await Promise.all(["exits", "undeclared", "labels"].map((word) => refusal(language, [word])));
    expect(told.map(({ code }) => code)).toEqual(["INTERNAL", "INTERNAL", "INTERNAL"]);
    expect(told[1]!.message).toContain('the command "undeclared" declares no "--nam"');
    expect(told[2]!.message).toMatch(/labels.* as many as/i);
  });

  test("a command that returns nothing has no rows", async () => {
    expect(await answer(language, ["nothing"])).toMatchObject({
      ok: true,
      data: [],
      error: null,
      messages: [],
      meta: {},
    });
  });

  test("a failure has its messages and details", async () => {
    const { ok, error, messages } = await answer(language, ["fails"]);
    expect({ ok, error }).toEqual({
      ok: false,
      error: { code: "NOT_FOUND", message: "no such thing", details: { id: 1 } },
    });
    expect(messages).toEqual([{ level: "warning", text: "before" }]);
  });

  test("blank messages are left out", async () => {
    const { messages } = await answer(language, ["sink", "a", "--file", "x"]);
    const levels = ["error", "warning", "success", "info", "trace"];
    expect(messages).toEqual(levels.map((level) => ({ level, text: `${level} text` })));
  });

  test("a hundred thousand rows are an answer", async () => {
    const { data } = await answer(language, ["many"]);
    expect(data).toHaveLength(100_000);
    expect([data[0], data[99_999]]).toEqual([
      { n: 0, text: "row 0" },
      { n: 99_999, text: "row 99999" },
    ]);
  });

  test("values keep their order, their digits and their characters", async () => {
    const { data, stdout } = await answer(language, ["values"]);
    const document = parseOrderedJson(stdout) as Map<string, unknown>;
    const [row] = document.get("data") as Map<string, { text?: string }>[];
    expect([...row!.keys()]).toEqual(["2", "1", "nan", "yes", "none", "text"]);
    expect(row!.get("2")!.text).toBe("12345678901234567890123");
    expect(data[0]).toMatchObject({ 1: -1.5, nan: null, yes: true, none: null, text: '"\\\n\t\x01\x7fé😀' });
  });

  test("settings are read by their names in the configuration", async () => {
    const env = { OSP_PLUGIN_CFG_API_BASE_URL: "https://a.example", OSP_PLUGIN_CFG_PORT: "8080" };
    const { data } = await answer(language, ["config"], { ...env, OSP_PLUGIN_CFG_FAST: "true" });
    expect(data).toEqual([{ url: "https://a.example", port: 8080, fast: true }]);
  });

  test("a setting that is missing or cannot be read is named, and its value is not", async () => {
    const url = { OSP_PLUGIN_CFG_API_BASE_URL: "x" };
    const told = await Promise.all([
      refusal(language, ["config"]),
      refusal(language, ["config"], { OSP_PLUGIN_CFG_API_BASE_URL: " " }),
      refusal(language, ["config"], { ...url, OSP_PLUGIN_CFG_PORT: "s3cret" }),
      refusal(language, ["config"], { ...url, OSP_PLUGIN_CFG_FAST: "s3cret" }),
    ]);
    const [missing, blank, port, fast] = told;
    const command = "osp config set extensions.plugins.sink.env.";
    const message = `the setting "api.base-url" is not configured: ${command}api.base-url VALUE`;
    expect(missing).toEqual({ code: "CONFIG", message, details: { key: "extensions.plugins.sink.env.api.base-url" } });
    expect(blank).toEqual(missing);
    expect(port!.message).toBe(`the setting "port" must be a whole number: ${command}port VALUE`);
    expect(fast!.message).toBe(`the setting "fast" must be true or false: ${command}fast VALUE`);
  });

  test("hints of the host are there, and their defaults for words that are not known", async () => {
    const given = {
      OSP_COMMAND: "hints",
      OSP_UI_VERBOSITY: "trace",
      OSP_DEBUG_LEVEL: "2",
      OSP_FORMAT: "json",
      OSP_COLOR: "never",
      OSP_UNICODE: "always",
      OSP_TERMINAL_KIND: "cli",
      OSP_PROFILE: "work",
      OSP_TERMINAL: "xterm",
    };
    const odd = { OSP_UI_VERBOSITY: "loud", OSP_DEBUG_LEVEL: "9", OSP_FORMAT: "pdf", OSP_COLOR: "", OSP_UNICODE: "?" };
    const [hints, defaults] = await Promise.all([
      answer(language, ["hints"], given),
      answer(language, ["hints"], { ...odd, OSP_TERMINAL_KIND: "fax" }),
    ]);
    const modes = { format: "json", color: "never", unicode: "always", kind: "cli" };
    const names = { profile: "work", terminal: "xterm" };
    expect(hints.data).toEqual([{ command: "hints", verbosity: "trace", debug: 2, ...modes, ...names }]);
    const unknown = { format: "auto", color: "auto", unicode: "auto", kind: "unknown", profile: "", terminal: "" };
    expect(defaults.data).toEqual([{ command: "", verbosity: "info", debug: 0, ...unknown }]);
  });

  test("two flags that say the same of themselves stay two", async () => {
    const { stdout } = await runSink(language, ["--describe"]);
    const group = JSON.parse(stdout).commands.find(({ name }: { name: string }) => name === "group");
    expect(group.flags).toEqual({ "--one": {}, "--two": { about: "two (--two)" } });
  });
});

test("in Bash, a part of the answer that would be lost in a subshell is a failure", async () => {
  const { code, message } = await refusal("bash", ["piped"]);
  expect({ code, message }).toEqual({ code: "INTERNAL", message: expect.stringContaining("subshell") });
});

test("in Bash, bytes that are no UTF-8 are replaced and nothing else is", async () => {
  const { data } = await answer("bash", ["bytes"]);
  const odd = "\ufffd";
  expect(data).toEqual([{ text: `${odd}|${odd}|${odd.repeat(2)}|${odd.repeat(3)}|${odd.repeat(4)}|é` }]);
});

test.each(["waits", "late", "circle"])("in TypeScript, a command that %s has an answer", async (command) => {
  expect((await refusal("typescript", [command])).code).toBe("INTERNAL");
});
