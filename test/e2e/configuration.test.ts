// The configuration, through the real program: where values come from, who wins, what a file with mistakes does.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { type CliOptions, runCli } from "../helpers/run-cli.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const folder = join(home.env["XDG_CONFIG_HOME"]!, "osp");
const file = join(folder, "config.toml");
const secrets = join(folder, "secrets.toml");

beforeEach(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, "");
  writeFileSync(secrets, "", { mode: 0o600 });
  chmodSync(secrets, 0o600);
});

type Options = Partial<CliOptions> & { vars?: Record<string, string> };

async function osp(line: string | readonly string[], { vars = {}, ...options }: Options = {}) {
  const args = typeof line === "string" ? line.split(" ") : line;
  const result = await runCli(args, { env: { ...home.env, ...vars }, ...options });
  expect(result.stderr, "a stack trace").not.toMatch(/\n\s+at |node:internal/);
  return result;
}

async function get(key: string, before = "", vars: Record<string, string> = {}): Promise<unknown> {
  const { stdout } = await osp(`${before} config get ${key} --json`.trim(), { vars });
  const parsed = JSON.parse(stdout);
  return Array.isArray(parsed) ? parsed[0].value : parsed.error.code;
}

describe("a value", () => {
  test("is the built-in one, until the file, the secrets, the environment or a flag say otherwise", async () => {
    expect(await get("ui.format")).toBe("config_key_unknown");
    expect(await get("extensions.plugins.timeout_ms")).toBe(10000);
    writeFileSync(file, '[default]\nuser.name = "file"\n');
    expect(await get("user.name")).toBe("file");
    writeFileSync(secrets, '[default]\nuser.name = "secret"\n');
    expect(await get("user.name")).toBe("[REDACTED]");
    const vars = { OSP__USER__NAME: "env", OSP_USER_NAME: "no layer" };
    expect(await get("user.name", "", vars)).toBe("env");
    expect(await get("user.name", "--user flag", vars)).toBe("flag");
    const format = await osp("config get user.name --format auto", { vars: { ...vars, OSP__UI__FORMAT: "json" } });
    expect(JSON.parse(format.stdout)[0].value).toBe("env");
    expect(await get("user.name", "--no-env", vars)).toBe("[REDACTED]");
    expect(await get("user.name", "--defaults-only", { ...vars, USER: "unix" })).toBe("unix");
  });

  test("of a narrower scope wins within a layer, and not against a higher layer", async () => {
    writeFileSync(
      file,
      `[default]
extensions.who = "all"
[profile.lab]
extensions.who = "lab"
[terminal.cli]
extensions.who = "cli"
[terminal.cli.profile.lab]
extensions.who = "lab on cli"
[terminal.repl]
extensions.who = "repl"
`,
    );
    expect(await get("extensions.who")).toBe("cli");
    expect(await get("extensions.who", "--profile lab")).toBe("lab on cli");
    expect(await get("extensions.who", "lab")).toBe("lab on cli");
    expect(await get("extensions.who", "lab", { OSP__EXTENSIONS__WHO: "env" })).toBe("env");
  });

  test("may be made from others, and a circle is refused by name", async () => {
    writeFileSync(
      file,
      '[default]\nbase.dir = "/srv"\nextensions.a = "${base.dir}/a"\nextensions.b = "${extensions.a}/b"\n',
    );
    expect(await get("extensions.b")).toBe("/srv/a/b");
    writeFileSync(file, '[default]\nextensions.x = "${extensions.y}"\nextensions.y = "${extensions.x}"\n');
    const { code, stderr } = await osp("config get extensions.x");
    expect(code).toBe(20);
    expect(stderr).toContain("extensions.x");
    expect(stderr).toContain("extensions.y");
  });

  test("that nobody set has exit code 10 and names the keys that may have been meant", async () => {
    const { code, stderr } = await osp("config get ui.fromat");
    expect(code).toBe(10);
    expect(stderr).toContain("ui.format");
  });
});

describe("a profile", () => {
  test("is chosen by the flag, by the first word, by profile.default, in this order", async () => {
    writeFileSync(file, '[default]\nprofile.default = "lab"\n[profile.lab]\n[profile.prod]\nui.format = "json"\n');
    expect(await get("profile.active")).toBe("lab");
    expect(await get("profile.active", "prod")).toBe("prod");
    expect(await get("profile.active", "--profile prod")).toBe("prod");
    const dir = pluginDir("shows-call");
    const { stdout } = await osp(["--plugin-dir", dir, "prod", "shows-call"]);
    expect(JSON.parse(stdout)).toMatchObject({ env: { OSP_PROFILE: "prod", OSP_FORMAT: "json" } });
  });

  test("that the first word names lets flags follow it, and counts for whatever the line does", async () => {
    writeFileSync(file, '[profile.lab]\nplugins.scalar.state = "disabled"\n');
    const [dir] = [pluginDir("scalar")];
    const vars = { OSP_PLUGIN_PATH: dir };
    expect(JSON.parse((await osp("lab --json config get profile.active")).stdout)[0].value).toBe("lab");
    expect((await osp("lab -q --no-config-file scalar", { vars })).code).toBe(0);
    expect((await osp("lab scalar", { vars })).code).toBe(20);
    expect((await osp("lab --version")).stdout).toMatch(/^osp \d/);
    expect((await osp("lab help", { vars })).stdout).not.toMatch(/^ {2}scalar/m);
    expect((await osp("help", { vars })).stdout).toMatch(/^ {2}scalar/m);
    const enabled = await osp("lab plugins enable scalar", { vars });
    expect([enabled.code, enabled.stderr]).toEqual([0, expect.not.stringContaining("still")]);
    expect((await osp("lab scalar", { vars })).code).toBe(0);
  });

  test("that nobody configured is used all the same, with a warning", async () => {
    const { code, stdout, stderr } = await osp("--profile nowhere config get profile.active --json");
    expect([code, JSON.parse(stdout)[0].value]).toEqual([0, "nowhere"]);
    expect(stderr).toMatch(/^warning: .*nowhere/);
  });

  test("that is called like a built-in command does not hide it", async () => {
    writeFileSync(file, "[profile.config]\n[profile.tools]\n");
    expect(await get("profile.active")).toBe("default");
  });
});

describe("a file with a mistake in it", () => {
  const mistakes: [string, string, RegExp][] = [
    ["a broken line", '[default]\nui.format = "json\n', /config\.toml.*line 2|:2:/],
    [
      "a key that is not known",
      '[default]\n\nui.fromat = "json"\n',
      /config\.toml.*(line 3|:3).*ui\.fromat|ui\.fromat.*(line 3|:3)/,
    ],
    ["a value that is not allowed", '[default]\nui.format = "braille"\n', /(line 2|:2).*braille|braille.*(line 2|:2)/],
    ["a section that is not known", '[defaults]\nui.format = "json"\n', /defaults/],
  ];

  test.each(mistakes)(
    "%s ends every command with 20 and the place, and nothing is written",
    async (_name, text, place) => {
      writeFileSync(file, text);
      for (const line of ["plugins list", "config show", "hints"]) {
        const { code, stderr, stdout } = await osp(line);
        expect([line, code, stdout]).toEqual([line, 20, ""]);
        expect(stderr).toMatch(/^error: /);
        expect(stderr).toMatch(place);
      }
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );

  test("a broken line also stops whoever would write the file", async () => {
    writeFileSync(file, "[default\n");
    for (const line of ["config set ui.format json", "plugins clear-state x"]) expect((await osp(line)).code).toBe(20);
    expect(readFileSync(file, "utf8")).toBe("[default\n");
  });

  test("a wrong value can be mended with the program itself, and --help and --version always work", async () => {
    writeFileSync(file, '[profile.default]\nui.format = "braille" # why\n');
    expect((await osp("config diagnostics --json")).code).toBe(1);
    expect((await osp("config explain ui.format")).stderr).toContain("braille");
    expect((await osp("--help")).code).toBe(0);
    expect((await osp("--version")).code).toBe(0);
    expect(await osp("config set ui.format json")).toMatchObject({ code: 0 });
    expect(readFileSync(file, "utf8")).toBe('[profile.default]\nui.format = "json" # why\n');
    expect((await osp("config diagnostics --json")).code).toBe(0);
  });

  test("secrets that others may read are refused, and the way to mend it is named", async () => {
    chmodSync(secrets, 0o640);
    const { code, stderr } = await osp("plugins list");
    expect(code).toBe(20);
    expect(stderr).toContain("chmod 600");
    chmodSync(secrets, 0o600);
    expect((await osp("plugins list")).code).toBe(0);
  });
});

describe("config set and unset", () => {
  test("keep comments, order, mode and links, and write to the active profile unless told otherwise", async () => {
    const real = join(folder, "dotfiles.toml");
    const link = join(folder, "linked.toml");
    writeFileSync(real, '# mine\n[default] # all\n  ui.format = "table"   # nice\n\n[profile.lab]\n', { mode: 0o640 });
    chmodSync(real, 0o640);
    symlinkSync(real, link);
    const vars = { OSP_CONFIG_FILE: link };
    expect((await osp("config set ui.format md --global", { vars })).code).toBe(0);
    expect((await osp("lab config set ui.pager never", { vars })).code).toBe(0);
    expect((await osp("config set ui.pager auto --profile lab --terminal repl", { vars })).code).toBe(0);
    expect(readFileSync(real, "utf8")).toBe(
      '# mine\n[default] # all\n  ui.format = "md"   # nice\n\n[profile.lab]\nui.pager = "never"\n\n' +
        '[terminal.repl.profile.lab]\nui.pager = "auto"\n',
    );
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect((await osp("config unset ui.pager --profile lab", { vars })).code).toBe(0);
    expect(readFileSync(real, "utf8")).not.toContain("never");
    const again = await osp("config unset ui.pager --profile lab", { vars });
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("warning: ")]);
  });

  test("say what changed, and with --dry-run change nothing", async () => {
    const { stdout } = await osp("config set ui.format json --global --dry-run --json");
    expect(JSON.parse(stdout)).toMatchObject({ key: "ui.format", value: "json", scope: "global", dry_run: true });
    expect(readFileSync(file, "utf8")).toBe("");
    await osp("config set ui.format json --global");
    const changed = JSON.parse((await osp("config set ui.format md --global --json")).stdout);
    expect(changed).toMatchObject({ value: "md", previous: "json", changed: true, store: "config", path: file });
  });

  test("refuse unknown keys, wrong values, and scopes that a key may not have", async () => {
    expect((await osp("config set ui.fromat json")).code).toBe(10);
    expect((await osp("config set ui.format braille")).code).toBe(2);
    expect((await osp("config set ui.width wide")).code).toBe(2);
    expect((await osp("config set profile.active x")).code).toBe(2);
    expect((await osp("config set profile.default lab")).code).toBe(2);
    expect((await osp("config set profile.default lab --global")).code).toBe(0);
    expect((await osp("config set ui.format json --global --profile x")).code).toBe(2);
    expect(readFileSync(file, "utf8")).toBe('[default]\nprofile.default = "lab"\n');
  });

  test("refuse a placeholder that leads nowhere, and a link to what is no file", async () => {
    const refused = await osp(["config", "set", "extensions.x", "a${nope}", "--global"]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("nope")]);
    expect((await osp(["config", "set", "extensions.x", "a${user.name}", "--global"])).code).toBe(0);
    const vars = { OSP_CONFIG_FILE: join(folder, "link.toml") };
    execFileSync("mkfifo", [join(folder, "pipe")]);
    symlinkSync("pipe", vars.OSP_CONFIG_FILE);
    expect((await osp("config set ui.format md --no-config-file", { vars })).code).toBe(2);
    expect((await osp("config set ui.format md", { vars })).code).toBe(20);
    expect(statSync(join(folder, "pipe")).isFIFO()).toBe(true);
  });

  test("say less with -q, and where a key stands that was not found in the scope", async () => {
    await osp("config set ui.pager never --global");
    const missing = await osp("config unset ui.pager");
    expect([missing.code, missing.stderr]).toEqual([0, expect.stringContaining("--global")]);
    expect((await osp("config unset ui.pager -qq")).stderr).not.toContain("success");
    expect((await osp("config unset ui.pager -qqq")).stderr).toBe("");
    const set = JSON.parse((await osp("config set UI.Width 80 --global --explain --json")).stdout);
    expect(set).toMatchObject({ key: "ui.width", value: 80, explain: { value: 80, source: "file" } });
    expect((await osp("config unset ui.width --global --explain")).stdout).toMatch(/^value: +72$/m);
    writeFileSync(file, "[default]\nUI.Width = 90\n");
    expect(JSON.parse((await osp("config get ui.width --json")).stdout)).toEqual([{ key: "ui.width", value: 90 }]);
  });

  test("a secret goes to the private file, is never shown, and may come from standard input", async () => {
    const shown = await osp("config set extensions.plugins.p.env.token hunter2 --secrets --global");
    expect(shown.code).toBe(0);
    expect(shown.stdout + shown.stderr).not.toContain("hunter2");
    expect((await osp("config set extensions.plugins.p.env.pin --secrets --global", { input: "" })).code).toBe(2);
    const piped = await osp("config set extensions.plugins.p.env.pin --secrets --global", { input: "12 34" });
    expect(piped.code).toBe(0);
    expect(readFileSync(secrets, "utf8")).toContain("hunter2");
    expect(readFileSync(secrets, "utf8")).toContain("12 34");
    expect(statSync(secrets).mode & 0o777).toBe(0o600);
    for (const line of ["config show", "config explain extensions.plugins.p.env.token", "plugins config p"]) {
      expect((await osp(`${line} --json`)).stdout).not.toContain("hunter2");
    }
    expect((await osp("plugins config p --show-secrets --json")).stdout).toContain("hunter2");
    expect((await osp("config set secrets.backend toml --global --secrets")).code).toBe(2);
  });
});

test("config explain names the winner, the others and the placeholders", async () => {
  writeFileSync(
    file,
    '[default]\nbase.dir = "/srv"\nextensions.a = "${base.dir}/a"\n[profile.default]\nui.format = "md"\n',
  );
  const vars = { OSP__UI__FORMAT: "mreg" };
  const format = JSON.parse((await osp("config explain ui.format --json", { vars })).stdout);
  expect(format).toMatchObject({ key: "ui.format", value: "mreg", source: "env", active_profile: "default" });
  expect(format.candidates).toMatchObject([
    { winner: true, source: "env", value: "mreg" },
    { winner: false, source: "file", value: "md", scope: "profile:default" },
  ]);
  const a = JSON.parse((await osp("config explain extensions.a --json")).stdout);
  expect(a).toMatchObject({
    value: "/srv/a",
    interpolation: { template: "${base.dir}/a", steps: [{ placeholder: "base.dir", value: "/srv" }] },
  });
  expect((await osp("config explain extensions.a", { vars })).stdout).toContain("${base.dir}");
});

test("a plugin gets the configured variables of its own before the shared ones, and none of the caller's", async () => {
  writeFileSync(
    file,
    `[default]
extensions.plugins.env.api-url = "https://all.example"
extensions.plugins.env.limit = 5
extensions.plugins.shows-call.env.api_url = "https://own.example"
extensions.plugins.other.env.hidden = "x"
`,
  );
  writeFileSync(secrets, '[default]\nextensions.plugins.shows-call.env.token = "s3cret"\n');
  const dir = pluginDir("shows-call");
  const { stdout } = await osp(["--plugin-dir", dir, "shows-call", "--json"], { vars: { OSP_PLUGIN_CFG_STRAY: "1" } });
  const env = JSON.parse(stdout).env as Record<string, string>;
  const own = Object.entries(env).filter(([name]) => name.startsWith("OSP_PLUGIN_CFG_"));
  expect(Object.fromEntries(own)).toEqual({
    OSP_PLUGIN_CFG_API_URL: "https://own.example",
    OSP_PLUGIN_CFG_LIMIT: "5",
    OSP_PLUGIN_CFG_TOKEN: "s3cret",
  });
});

test("two keys that become one variable with different values are refused by name", async () => {
  writeFileSync(file, '[default]\nextensions.plugins.env.a-b = "1"\nextensions.plugins.env.a_b = "2"\n');
  const { code, stderr } = await osp(["--plugin-dir", pluginDir("scalar"), "scalar"]);
  expect(code).toBe(20);
  expect(stderr).toContain("a-b");
  expect(stderr).toContain("a_b");
  writeFileSync(file, '[default]\nextensions.plugins.env.a-b = "1"\nextensions.plugins.env.a_b = "1"\n');
  expect((await osp(["--plugin-dir", pluginDir("scalar"), "scalar"])).code).toBe(0);
});
