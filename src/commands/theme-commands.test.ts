// The commands about themes, and the colours that follow.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { makeTempHome } from "../../test/helpers/temp-home.ts";
import { THEME_NAME_CHARS_MAX, THEME_STYLE_CHARS_MAX } from "../protocol/limits.ts";
import type { CommandIo } from "../terminal/io.ts";
import { noFlags } from "./flags.ts";
import { main } from "./main.ts";
import type { Session } from "./session.ts";
import { readConfig } from "./settings.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const config = join(home.env["XDG_CONFIG_HOME"]!, "osp");
const themes = join(config, "themes");
beforeEach(() => {
  rmSync(config, { recursive: true, force: true });
  mkdirSync(themes, { recursive: true });
});

interface Options {
  readonly isTerminal?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly session?: Session;
}

async function run(args: readonly string[], { isTerminal = false, env = {}, session }: Options = {}) {
  const stdout = recordedOutput({ isTerminal, columns: isTerminal ? 80 : undefined });
  const stderr = recordedOutput({ isTerminal, columns: isTerminal ? 80 : undefined });
  const io: CommandIo = {
    env: { ...home.env, ...env },
    cwd: home.path,
    stdout,
    stderr,
    stdinIsTerminal: isTerminal,
    signal: new AbortController().signal,
    readStdin: async () => "",
  };
  const code = await main("osp", args, io, session === undefined ? {} : { session });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const COLOURS = { TERM: "xterm-256color", COLORTERM: "truecolor", COLORFGBG: "15;0" };
const ownTheme = (id: string, text: string) => writeFileSync(join(themes, `${id}.toml`), text);

describe("theme list", () => {
  test("has the built-in themes, then the others, and says which is in use", async () => {
    ownTheme("my-own", 'name = "Mine"\nbase = "nord"\n');
    ownTheme("Not An Id", "");
    const { stdout, stderr } = await run(["--theme", "My Own", "theme", "list", "--json"]);
    expect(stderr).toBe("");
    const rows = JSON.parse(stdout);
    expect(rows.map(({ id }: { id: string }) => id)).toEqual([
      "plain",
      "nord",
      "dracula",
      "gruvbox",
      "tokyonight",
      "molokai",
      "catppuccin",
      "rose-pine-moon",
      "my-own",
    ]);
    expect(rows[1]).toEqual({
      id: "nord",
      name: "Nord",
      source: "built-in",
      origin: null,
      active: false,
      default: false,
      status: "available",
    });
    expect(rows[7]).toMatchObject({ default: true, status: "default" });
    expect(rows[8]).toMatchObject({
      name: "Mine",
      source: "file",
      origin: join(themes, "my-own.toml"),
      active: true,
      status: "active",
    });
    expect((await run(["theme", "list"])).stdout).toContain("| Rose Pine Moon | built-in | active    |");
  });

  test("names files that cannot be used, harmlessly, and does not fail", async () => {
    ownTheme("broken", '[palette]\naccent = "\\u001b[31m"\n');
    const { code, stdout, stderr } = await run(["theme", "list"]);
    expect(code).toBe(0);
    expect(stdout).toContain("| broken         | file     | broken    |");
    expect(stderr).toMatch(/^warning: .*broken\.toml:2:1: "accent" must be a style/);
    expect(stdout + stderr).not.toContain("\u001b");
  });
});

describe("theme show", () => {
  test("has the colours of a theme by its name, and of the active one", async () => {
    const { stdout } = await run(["theme", "show", " Rose Pine_moon", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ id: "rose-pine-moon", base: null, palette: { error: "#EB6F92" } });
    expect(JSON.parse((await run(["theme", "show", "--json"])).stdout)).toMatchObject({ active: true, default: true });
  });

  test("of a file, what it is based on and what it has otherwise", async () => {
    ownTheme(
      "mine",
      'id = "mine"\nbase = "Dracula"\n[palette]\nsuccess = "bold green"\n[overrides]\nrepl_completion_text = "dim"\n',
    );
    expect(JSON.parse((await run(["theme", "show", "mine", "--json"])).stdout)).toMatchObject({
      name: "mine",
      base: "dracula",
      palette: { success: "bold green", error: "#FF5555" },
      // Numbers look like success, unless the file says otherwise.
      overrides: { repl_completion_text: "dim" },
    });
    ownTheme("nord", 'base = "nord"\n[palette]\naccent = "red"\n');
    expect(JSON.parse((await run(["theme", "show", "nord", "--json"])).stdout)).toMatchObject({
      source: "file",
      palette: { accent: "red", info: "#81A1C1" },
      overrides: { value_number: "#B48EAD" },
    });
  });

  test("a theme that there is not is named with one that there is", async () => {
    const { code, stderr } = await run(["theme", "show", "drcula"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('help: did you mean "dracula"?')]);
  });
});

describe("a theme's file", () => {
  const long = (length: number) => "red".padEnd(length);

  test.each([
    ["name = ", "1:8: this is not TOML"],
    ['\n\ncolour = "red"', "3:1: a theme has id, name, base, palette, overrides"],
    ['[palette]\nbg = "#123456"\naccnt = "red"', '3:1: "palette" has text, muted'],
    ['[palette]\nvalue_number = "red"', '2:1: "palette" has'],
    ['[overrides]\naccent = "red"', '2:1: "overrides" has value_number'],
    ['[palette]\naccent = "red blue"', '2:1: "accent" must be a style'],
    ["[palette]\naccent = 7", '2:1: "accent" must be a style'],
    [`[palette]\naccent = "${long(THEME_STYLE_CHARS_MAX + 1)}"`, '2:1: "accent" must be a style'],
    ['palette = "red"', '1:1: "palette" must be a table'],
    ["palette = 2020-01-01", '1:1: "palette" must be a table'],
    ['base = "x"', "1:1: the base must be one of plain"],
    ['base = "constructor"', "1:1: the base must be one of plain"],
    ['id = "other"', '1:1: the id must be the file\'s name, "x"'],
    [`name = "${"x".repeat(THEME_NAME_CHARS_MAX + 1)}"`, "1:1: the name must be a text"],
    ['name = "\\u001b[2J"', "1:1: the name must be a text"],
  ])("%j is refused with its place", async (text, message) => {
    ownTheme("x", text);
    const { code, stderr } = await run(["theme", "show", "x"]);
    expect([code, stderr]).toEqual([20, expect.stringContaining(`x.toml:${message}`)]);
    expect((await run(["theme", "use", "x"])).code).toBe(20);
  });

  test("at the limits is taken", async () => {
    ownTheme("x", `name = "${"x".repeat(THEME_NAME_CHARS_MAX)}"\n[palette]\naccent = "${long(THEME_STYLE_CHARS_MAX)}"`);
    expect((await run(["theme", "show", "x"])).code).toBe(0);
  });

  test("with a mistake keeps nobody from working: it is said, and the colours are the default's", async () => {
    ownTheme("x", '[palette]\naccent = "rde"\n');
    const { code, stdout, stderr } = await run(["--theme", "x", "--color", "always", "theme", "list"], {
      env: COLOURS,
    });
    expect(code).toBe(0);
    expect(stderr).toContain('the theme "x": ');
    expect(stderr).toContain("x.toml:2:1");
    expect(stdout).toContain("\u001b[38;2;196;167;231mname\u001b[0m");
    const diagnosis = await run(["--theme", "x", "config", "diagnostics", "--json"]);
    expect(diagnosis.code).toBe(1);
    expect(JSON.parse(diagnosis.stdout)).toMatchObject({
      problem_count: 1,
      theme_issues: [expect.stringContaining("x.toml:2:1")],
    });
  });
});

describe("theme use", () => {
  test("keeps the choice, in the scope that is asked for", async () => {
    const { code, stderr } = await run(["theme", "use", "Nord"]);
    expect([code, stderr]).toEqual([
      0,
      `success: the theme is Nord (profile:default, ${join(config, "config.toml")})\n`,
    ]);
    expect(JSON.parse((await run(["theme", "show", "--json"])).stdout).id).toBe("nord");
    expect(JSON.parse((await run(["theme", "use", "gruvbox", "--global", "--json"])).stdout)).toEqual({
      id: "gruvbox",
      name: "Gruvbox",
      scope: "global",
      path: join(config, "config.toml"),
    });
    expect(readFileSync(join(config, "config.toml"), "utf8")).toContain('theme.name = "gruvbox"');
  });

  test("in the interactive shell holds for that alone, unless it is to be kept", async () => {
    const session: Session = {
      overrides: [{ key: "ui.width", value: "90", origin: "x" }],
      last: undefined,
      thrown: undefined,
      failure: undefined,
      results: { get: () => undefined, set: () => {} },
    };
    const { code, stderr } = await run(["theme", "use", "dracula"], { session });
    expect([code, stderr]).toEqual([0, "success: the theme is Dracula (until the shell ends)\n"]);
    expect((await run(["theme", "use", "nord"], { session })).code).toBe(0);
    expect(session.overrides.map(({ key, value }) => [key, value])).toEqual([
      ["ui.width", "90"],
      ["theme.name", "nord"],
    ]);
    expect(JSON.parse((await run(["theme", "show", "--json"], { session })).stdout).id).toBe("nord");
    expect(JSON.parse((await run(["theme", "show", "--json"])).stdout).id).toBe("rose-pine-moon");
    expect((await run(["theme", "use", "molokai", "--save"], { session })).code).toBe(0);
    expect(JSON.parse((await run(["theme", "show", "--json"])).stdout).id).toBe("molokai");
  });

  test("mends a configuration whose theme is gone, and refuses one that there is not", async () => {
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "config.toml"), '[default]\ntheme.name = "gone"\n');
    expect((await run(["theme", "list"])).code).toBe(20);
    expect((await run(["theme", "use", "nope"])).code).toBe(2);
    expect((await run(["theme", "use", "plain", "--global"])).code).toBe(0);
    expect((await run(["theme", "list"])).code).toBe(0);
    expect((await run(["--no-config-file", "theme", "use", "nord"])).code).toBe(2);
  });
});

test("errors, too, have the colours of the theme; NO_COLOR and plain have none", async () => {
  const label = (text: string) => text.split(" ", 1)[0];
  const failing = ["config", "get", "nope"];
  const at = { isTerminal: true, env: { ...COLOURS } };
  expect(label((await run(["--theme", "dracula", ...failing], at)).stderr)).toBe(
    "\u001b[38;2;255;85;85merror:\u001b[0m",
  );
  expect(label((await run(["--theme", "plain", ...failing], at)).stderr)).toBe("error:");
  // Also those of a line that fails before anybody asked how it is to look.
  expect(label((await run(["--theme", "dracula", "nope"], at)).stderr)).toBe("\u001b[38;2;255;85;85merror:\u001b[0m");
  const overrides = [{ key: "theme.name", value: "dracula", origin: "x" }];
  const known = await readConfig({
    io: { env: home.env, cwd: home.path } as CommandIo,
    flags: { ...noFlags(), overrides },
  });
  const results = { get: () => undefined, set: () => {} };
  const session = { overrides, config: known, last: undefined, thrown: undefined, failure: undefined, results };
  for (const line of [
    ["theme", "list", "--nope"],
    ["--format", "nope"],
  ]) {
    expect(label((await run(line, { ...at, session })).stderr)).toBe("\u001b[38;2;255;85;85merror:\u001b[0m");
  }
  expect(label((await run(["--plain", "theme", "list", "--nope"], { ...at, session })).stderr)).toBe("error:");
  const none = { ...at, env: { ...COLOURS, NO_COLOR: "" } };
  expect((await run(["--theme", "dracula", "theme", "list"], none)).stdout).not.toContain("\u001b");
});
