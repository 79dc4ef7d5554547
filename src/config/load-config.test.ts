import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { HostError } from "../protocol/errors.ts";
import { CONFIG_FILE_BYTES_MAX, CONFIG_PLACEHOLDER_DEPTH_MAX, CONFIG_TEXT_CHARS_MAX } from "../protocol/limits.ts";
import { type Config, configFlag, configList, configNumber, configText } from "./config.ts";
import { diagnoseConfig } from "./diagnose-config.ts";
import type { KeyringStore } from "./keyring.ts";
import { type LoadConfigInput, loadConfig } from "./load-config.ts";
import { nearKeys } from "./near-keys.ts";

interface Given extends Partial<LoadConfigInput> {
  readonly toml?: string | Uint8Array;
  readonly secrets?: string;
  readonly secretsMode?: number;
}

async function load({ toml, secrets, secretsMode = 0o600, ...input }: Given = {}): Promise<Config> {
  const config = tempDir();
  if (toml !== undefined) writeFileSync(join(config, "config.toml"), toml);
  if (secrets !== undefined) writeFileSync(join(config, "secrets.toml"), secrets);
  if (secrets !== undefined) chmodSync(join(config, "secrets.toml"), secretsMode);
  const paths = { config, cache: config, data: config, state: config };
  const base = { paths, env: {}, terminal: "cli", useEnv: true, useFile: true, defaultsOnly: false } as const;
  return await loadConfig({ ...base, ...input });
}

async function failure(given: Given): Promise<HostError> {
  const error = await load(given).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HostError)) throw new Error(`no HostError but ${error}`);
  return error;
}

test("without files and variables, the defaults count", async () => {
  const config = await load({ env: { USER: "ada", HOSTNAME: "m.example.org" } });
  expect(config).toMatchObject({ profile: "default", profileSource: "default", tookWord: false, problems: [] });
  expect(config.knownProfiles).toEqual(["default"]);
  expect(configText(config, "user.name")).toBe("ada");
  expect(configText(config, "domain")).toBe("example.org");
  expect(configText(config, "ui.message.verbosity")).toBe("info");
  expect(configNumber(config, "extensions.plugins.timeout_ms")).toBe(10_000);
  expect(configFlag(config, "extensions.plugins.discovery.path")).toBe(false);
  expect(configList(config, "repl.history.exclude")).toEqual([]);
  expect(config.find("ui.format")).toBeUndefined();
  expect(config.find("profile.active")).toMatchObject({ resolved: "default", source: "derived" });
  expect(configText(config, "repl.history.path")).toMatch(/\/history\/ada@default\.history$/);
});

test("each layer beats the ones before it, whatever their scopes", async () => {
  const given = {
    toml: '[profile.lab]\nui.width = 1\nui.margin = 1\nui.indent = 1\nui.medium_list_max = 1\nuser.name = "f"',
    secrets: '[default]\nui.margin = 2\nui.indent = 2\nui.medium_list_max = 2\nuser.name = "s"',
    env: { OSP__UI__INDENT: "3", OSP__UI__MEDIUM_LIST_MAX: "3", OSP__USER__NAME: "e", OSP_SECRET__USER__NAME: "x" },
    overrides: [{ key: "ui.medium_list_max", value: "4", origin: "--lists" }],
    profile: "lab",
  };
  const config = await load(given);
  const sources = ["ui.width", "ui.margin", "ui.indent", "ui.medium_list_max", "user.name"].map((key) => {
    const { resolved, source, origin } = config.find(key)!;
    return [resolved, source, origin?.split("/").at(-1)];
  });
  expect(sources).toEqual([
    [1, "file", "config.toml"],
    [2, "secrets", "secrets.toml"],
    [3, "env", "OSP__UI__INDENT"],
    [4, "session", "--lists"],
    ["x", "env", "OSP_SECRET__USER__NAME"],
  ]);
  expect(config.explain("user.name").candidates.map(({ value }) => value)).toEqual(["x", "e", "s", "f", "anonymous"]);
});

test("inside a layer, the scope that says most beats the others", async () => {
  const sections = ["terminal.repl.profile.lab", "profile.lab", "terminal.repl", "default"];
  for (let first = 0; first < sections.length; first++) {
    const toml = sections.slice(first).map((name, index) => `[${name}]\nui.width = ${first + index + 1}\n`);
    const config = await load({ toml: toml.reverse().join(""), profile: "lab", terminal: "repl" });
    expect(configNumber(config, "ui.width")).toBe(first + 1);
  }
  const other = await load({ toml: "[profile.lab]\nui.width = 1\n[terminal.repl]\nui.width = 2\n" });
  expect(other.find("ui.width")?.source).toBe("defaults");
});

test("nested tables, dotted and quoted keys are the same key, in any letter case", async () => {
  for (const toml of ["[default.ui]\nwidth = 9", "[default]\nui.width = 9", '[default]\n"UI"."Width" = 9']) {
    expect(configNumber(await load({ toml }), "ui.width")).toBe(9);
  }
  const config = await load({ toml: "[profile.Lab]\nextensions.plugins.My.env.X = 1", profile: "LAB" });
  expect(config.find("extensions.plugins.my.env.x")).toMatchObject({ key: "extensions.plugins.My.env.X", resolved: 1 });
  expect(config.keys("extensions.plugins.MY")).toEqual(["extensions.plugins.My.env.X"]);
});

test("variables carry key, terminal and profile", async () => {
  const env = {
    OSP__TERM__REPL__UI__FORMAT: "json",
    OSP__PROFILE__LAB__TERM__CLI__UI__FORMAT: "md",
    OSP__PROFILE__DEFAULT: "lab",
    OSP__PROFILE__DEFAULT__UI__WIDTH: "50",
    OSP_FORMAT: "value",
  };
  const cli = await load({ env });
  expect(cli).toMatchObject({ profile: "lab", profileSource: "config", knownProfiles: ["default", "lab"] });
  expect(configText(cli, "ui.format")).toBe("md");
  expect(configText(await load({ env, terminal: "repl" }), "ui.format")).toBe("json");
  expect(configNumber(await load({ env, profile: "default" }), "ui.width")).toBe(50);
});

test("a variable whose name is no key is refused, and --no-env does not look at it", async () => {
  for (const name of [
    "OSP__NOPE",
    "OSP__",
    "OSP__UI____FORMAT",
    "OSP__TERM__REPL",
    "OSP__TERM__A__TERM__B__UI__WIDTH",
  ]) {
    expect(await failure({ env: { [name]: "1" } })).toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(`${name}: `),
    });
    expect((await load({ env: { [name]: "1" }, useEnv: false })).problems).toEqual([]);
  }
});

test("--no-config-file leaves out the file and not the secrets, --defaults-only all", async () => {
  const given = { toml: "[default]\nui.width = 1", secrets: "[default]\nui.margin = 1", env: { OSP__UI__INDENT: "1" } };
  const widths = async (more: Given) => {
    const config = await load({ ...given, ...more });
    return ["ui.width", "ui.margin", "ui.indent"].map((key) => configNumber(config, key));
  };
  expect(await widths({})).toEqual([1, 1, 1]);
  expect(await widths({ useFile: false })).toEqual([72, 1, 1]);
  expect(await widths({ useEnv: false })).toEqual([1, 1, 2]);
  expect(await widths({ defaultsOnly: true })).toEqual([72, 0, 2]);
});

test("the profile comes from the flag, else the first word, else profile.default", async () => {
  const toml = '[default]\nprofile.default = "home"\n[profile.lab]\nui.width = 1\n[profile.config]\nui.width = 2';
  const chosen = async (more: Given) => {
    const { profile, profileSource, tookWord } = await load({ toml, reservedWords: new Set(["config"]), ...more });
    return [profile, profileSource, tookWord];
  };
  expect(await chosen({})).toEqual(["home", "config", false]);
  expect(await chosen({ word: "Lab" })).toEqual(["lab", "word", true]);
  expect(await chosen({ word: "inventory" })).toEqual(["home", "config", false]);
  expect(await chosen({ word: "config" })).toEqual(["home", "config", false]);
  expect(await chosen({ word: "lab", profile: "other" })).toEqual(["other", "flag", false]);
  expect(await chosen({ word: "home" })).toEqual(["home", "word", true]);
});

test("a profile that nobody configured is used with a warning, a blank one is refused", async () => {
  const config = await load({ profile: "tpyo" });
  expect(config.warnings).toEqual(['the profile "tpyo" is not configured anywhere']);
  expect((await load({ toml: "[profile.lab]\nui.width = 1", profile: "lab" })).warnings).toEqual([]);
  expect(await failure({ profile: " " })).toMatchObject({ code: "usage_invalid" });
});

test("profile.default holds for all profiles, in a terminal too", async () => {
  const toml = '[terminal.repl]\nprofile.default = "lab"\n[terminal.repl.profile.lab]\nui.width = 5';
  const config = await load({ toml, terminal: "repl" });
  expect(config).toMatchObject({ profile: "lab", knownProfiles: ["lab"] });
  expect(configNumber(config, "ui.width")).toBe(5);
  expect(await failure({ toml: '[profile.lab]\nprofile.default = "x"' })).toMatchObject({ code: "config_invalid" });
  expect(await failure({ toml: '[default]\nprofile.active = "x"' })).toMatchObject({ code: "config_invalid" });
  expect(await failure({ toml: '[default]\nprofile.default = " "' })).toMatchObject({ code: "config_invalid" });
});

test("placeholders are filled in from other keys, through any number of them", async () => {
  const config = await load({
    toml: `[default]
      base.dir = "/srv"
      extensions.a = "\${ base.dir }/\${extensions.b}"
      extensions.b = "\${extensions.c}-\${profile.active}"
      extensions.c = 7
      ui.width = "\${extensions.c}0"
      theme.path = ["\${base.dir}/themes"]
      alias.x = "run \${1} \${nothing"`,
  });
  expect(config.find("extensions.a")).toMatchObject({ resolved: "/srv/7-default", isSecret: false });
  expect(configNumber(config, "ui.width")).toBe(70);
  expect(configList(config, "theme.path")).toEqual(["/srv/themes"]);
  expect(configText(config, "alias.x")).toBe("run ${1} ${nothing");
  expect(config.explain("extensions.a").steps.map(({ placeholder }) => placeholder)).toEqual([
    "base.dir",
    "extensions.b",
  ]);
});

test("placeholders that lead nowhere end the load and name file, line and column", async () => {
  const wrong: [string, RegExp][] = [
    [
      '[default]\nextensions.a = "${extensions.b}"\nextensions.b = "${extensions.a}"',
      /:2:1: .*extensions\.a → extensions\.b → extensions\.a/,
    ],
    ['[default]\nextensions.a = "${extensions.a}"', /:2:1: .*extensions\.a → extensions\.a/],
    ['[default]\nextensions.a = "${nope}"', /:2:1: "extensions\.a" refers to "nope", which has no value/],
    ['[default]\n  extensions.a = "${}"', /:2:3: .*no key in it/],
    ['[default]\nextensions.a = "${x"', /:2:1: .*without its closing/],
    ['[default]\nextensions.a = "${theme.path}"', /:2:1: .*which is a list/],
    ['[default]\nextensions.a = "x"\nui.width = "${extensions.a}"', /:3:1: "ui\.width" must be a whole number/],
  ];
  for (const [toml, message] of wrong) {
    expect(await failure({ toml })).toMatchObject({ code: "config_invalid", message: expect.stringMatching(message) });
    const config = await load({ toml, lenient: true });
    expect(config.problems[0]?.message).toMatch(message);
    for (const key of config.keys()) config.find(key);
  }
});

test("placeholders nest so deep and no deeper, and grow so long and no longer", async () => {
  const chain = (depth: number) =>
    `[default]\nextensions.k0 = "end"\n${Array.from(
      { length: depth },
      (_, n) => `extensions.k${n + 1} = "\${extensions.k${n}}"\n`,
    )
      .reverse()
      .join("")}`;
  const depth = CONFIG_PLACEHOLDER_DEPTH_MAX;
  expect(configText(await load({ toml: chain(depth) }), `extensions.k${depth}`)).toBe("end");
  expect(await failure({ toml: chain(depth + 1) })).toMatchObject({ message: expect.stringMatching(/deep/) });
  const long = (chars: number) =>
    `[default]\nextensions.a = "${"x".repeat(1024)}"\nextensions.b = "${"${extensions.a}".repeat(chars / 1024)}"`;
  expect(configText(await load({ toml: long(CONFIG_TEXT_CHARS_MAX) }), "extensions.b")).toHaveLength(
    CONFIG_TEXT_CHARS_MAX,
  );
  expect(await failure({ toml: long(CONFIG_TEXT_CHARS_MAX + 1024) })).toMatchObject({
    message: expect.stringMatching(/longer than/),
  });
  const many = Array.from({ length: 20 }, (_, n) => `extensions.m${n} = "\${extensions.b}"`).join("\n");
  expect(await failure({ toml: `${long(CONFIG_TEXT_CHARS_MAX)}\n${many}` })).toMatchObject({
    message: expect.stringMatching(/all values together/),
  });
});

test("a value that is made with a secret is a secret", async () => {
  const config = await load({
    toml: '[default]\nextensions.url = "https://u:${extensions.pin}@h"\nextensions.api_key = "k"\nextensions.x = "${extensions.api_key}"',
    secrets: '[default]\nextensions.pin = "1234"',
  });
  for (const key of ["extensions.pin", "extensions.url", "extensions.api_key", "extensions.x"]) {
    expect(config.find(key)?.isSecret, key).toBe(true);
  }
  expect(config.find("extensions.plugins.timeout_ms")?.isSecret).toBe(false);
  expect(config.explain("extensions.pin").candidates).toMatchObject([{ isSecret: true }]);
});

test("no message shows a secret", async () => {
  const secrets = '[default]\nui.width = "hunter2"';
  expect((await failure({ secrets })).message).not.toContain("hunter2");
  expect((await failure({ secrets: "[default]\nextensions.x = hunter2" })).message).not.toContain("hunter2");
  const env = { OSP_SECRET__UI__WIDTH: "hunter2" };
  expect((await failure({ env })).message).not.toContain("hunter2");
});

test("presentation fills in what nobody set", async () => {
  const of = async (given: Given, key: string) => (await load(given)).find(key);
  expect(await of({}, "ui.table.border")).toMatchObject({ resolved: "round", source: "presentation" });
  expect(await of({}, "ui.mode")).toMatchObject({ resolved: "auto", source: "defaults" });
  const austere = { overrides: [{ key: "ui.presentation", value: "austere", origin: "--presentation" }] };
  expect(await of(austere, "ui.mode")).toMatchObject({ resolved: "plain", source: "presentation" });
  expect(await of(austere, "repl.simple_prompt")).toMatchObject({ resolved: true });
  expect(await of({ ...austere, toml: '[default]\nui.mode = "rich"' }, "ui.mode")).toMatchObject({ resolved: "rich" });
  expect(await failure({ toml: '[default]\nui.presentation = "${ui.mode}"' })).toMatchObject({
    code: "config_invalid",
  });
});

test("what is wrong in a file is named with its line and column, and leniently left out", async () => {
  const wrong: [string, RegExp][] = [
    ["[default]\n\n  ui.formt = 'json'", /config\.toml:3:3: "ui\.formt" is not a known key$/],
    ["[default]\nui.format = 'xml'", /:2:1: "ui\.format" must be one of auto, guide, .*, is "xml"$/],
    ["[default.ui]\nwidth = 0", /:2:1: "ui\.width" must be a whole number, from 1 to 100000, is 0$/],
    ["[default]\nui = { width = 1, indent = 'x' }", /:2:19: "ui\.indent" must be/],
    ["[default]\nuser.name = 5", /"user\.name" must be a text, in quotes, is 5$/],
    ["[default]\nrepl.history.enabled = 'maybe'", /must be true or false/],
    ["[default]\nrepl.history.exclude = [1]", /must be a list of texts/],
    ["[default]\nextensions.x = [[1]]", /:2:1: "extensions\.x" may hold a list of plain values/],
    ["[default]\nextensions.x = [{a = 1}]", /:2:1: "extensions\.x" may hold a list of plain values/],
    ["[[default]]\na = 1", /"default" must be a section/],
    ["\n[other]\nx = 1", /:2:2: "other" is no section/],
    ["ui.width = 1", /:1:1: "ui" is no section/],
    ["[profile]\nlab = 1", /:2:1: "profile\.lab" must be a section/],
    ["[terminal.repl.profile]\nlab = 1", /:2:1: "profile\.lab" is not a known key/],
    ["[profile.' ']\nui.width = 1", /the name of a profile may not be blank/],
    ["[profile.lab]\nsecrets.backend = 'toml'", /"secrets\.backend" holds for all profiles/],
    ["[default]\n__proto__.x = 1\nconstructor = 2", /:2:1: "__proto__\.x" is not a known key \(and 1 more problem/],
    [`[default]\nextensions.${"x".repeat(490)} = 1`, /at most 500 characters/],
    [`[default]\n${"a.".repeat(100_000)}a = 1`, /at most 500 characters|in the configuration/],
    ["[default]\nextensions.x = 99999999999999999999", /must fit into 64 bits/],
    ["[default]\ntheme.name = 'nope'", /:2:1: "theme\.name" is "nope", and there is no such theme/],
  ];
  for (const [toml, message] of wrong) {
    const error = await failure({ toml });
    expect(error).toMatchObject({ code: "config_invalid", message: expect.stringMatching(message) });
    const config = await load({ toml, lenient: true });
    expect(config.problems.length).toBeGreaterThan(0);
    expect(config.problems[0]?.details).toMatchObject({ file: config.files.config });
    expect(configNumber(config, "ui.indent")).toBe(2);
  }
  expect((await failure({ toml: "[default]\nui.formt = 1" })).hint).toBe('did you mean "ui.format"?');
});

test("a file that is no TOML ends the load, lenient or not", async () => {
  for (const lenient of [true, false]) {
    for (const [toml, place] of [
      ["[default]\na = ", ":2:"],
      ["a = 1\na = 2", ":2:1"],
      [Buffer.from('ok = 1\n\u00e9 = "\xff"', "latin1"), ":2:1"],
    ] as const) {
      const error = await failure({ toml, lenient });
      expect(error).toMatchObject({ code: "config_invalid", exitCode: 20 });
      expect(error.message).toContain(`config.toml${place}`);
    }
  }
});

test("values keep their exactness: large integers, dates, empty texts", async () => {
  const config = await load({
    toml: "[default]\nextensions.i = 9007199254740993\nextensions.d = 1979-05-27T07:32:00Z\nextensions.t = 07:32:10.5\nextensions.e = ''",
  });
  const values = ["i", "d", "t", "e"].map((name) => config.find(`extensions.${name}`)?.resolved);
  expect(values).toEqual([9007199254740993n, "1979-05-27T07:32:00Z", "07:32:10.5", ""]);
});

test("a theme of the user's own is known by its file, in the folders of theme.path", async () => {
  const folder = tempDir();
  writeFileSync(join(folder, "my-own.toml"), "");
  const toml = `[default]\ntheme.name = "My Own"\ntheme.path = ["/nowhere", "${folder}"]`;
  expect(configText(await load({ toml }), "theme.name")).toBe("My Own");
  const overrides = [{ key: "theme.name", value: "nope", origin: "--theme" }];
  const error = await failure({ toml, overrides });
  expect(error).toMatchObject({ code: "config_value_invalid", message: expect.stringContaining("--theme: ") });
  const config = await load({ toml, overrides, lenient: true });
  expect(configText(config, "theme.name")).toBe("My Own");
  expect(diagnoseConfig(config)).toMatchObject({ theme_issue_count: 1, status: "problems" });
});

test("secrets that others may read are refused, and named with the command that helps", async () => {
  const given = { secrets: '[default]\nextensions.x = "s"' };
  for (const secretsMode of [0o640, 0o604, 0o620, 0o601]) {
    const error = await failure({ ...given, secretsMode });
    expect(error).toMatchObject({ code: "config_insecure", hint: expect.stringContaining("chmod 600") });
  }
  const config = await load({ ...given, secretsMode: 0o644, lenient: true });
  expect(config.find("extensions.x")).toBeUndefined();
  expect(diagnoseConfig(config)).toMatchObject({
    secrets_permissions_status: "insecure",
    secrets_permissions_mode: "0644",
  });
  expect((await load(given)).find("extensions.x")).toMatchObject({ resolved: "s", source: "secrets", isSecret: true });
  expect(await failure({ secrets: '[default]\nsecrets.backend = "toml"' })).toMatchObject({ code: "config_invalid" });
});

test("a file that is too large, a folder or not readable is refused", async () => {
  const fill = (bytes: number) => `#${"x".repeat(bytes - 1)}`;
  expect((await load({ toml: fill(CONFIG_FILE_BYTES_MAX) })).problems).toEqual([]);
  expect(await failure({ toml: fill(CONFIG_FILE_BYTES_MAX + 1) })).toMatchObject({ code: "config_unreadable" });
  const folder = tempDir();
  mkdirSync(join(folder, "sub"));
  expect(await failure({ env: { OSP_CONFIG_FILE: join(folder, "sub") } })).toMatchObject({
    code: "config_unreadable",
    message: expect.stringContaining("it is a folder"),
  });
});

test("the files' places can be told, a device without content is an empty file, a missing one too", async () => {
  const folder = tempDir();
  writeFileSync(join(folder, "mine.toml"), "[default]\nui.width = 5");
  const config = await load({ env: { OSP_CONFIG_FILE: "mine.toml", OSP_SECRETS_FILE: "/dev/null" }, cwd: folder });
  expect(config.files).toMatchObject({ config: join(folder, "mine.toml"), secrets: "/dev/null" });
  expect(configNumber(config, "ui.width")).toBe(5);
  expect((await load({ env: { OSP_CONFIG_FILE: join(folder, "none/at/all") } })).problems).toEqual([]);
});

test("secrets come from the keyring when that is the backend, and only those that the index lists", async () => {
  const folder = tempDir();
  const index = join(folder, "index.toml");
  writeFileSync(
    index,
    'version = 1\n[[entries]]\nkey = "extensions.pin"\nprofile = "lab"\n[[entries]]\nkey = "extensions.gone"\n',
  );
  const held = new Map([['["lab",null,"extensions.pin"]', "1234"]]);
  const keyring: KeyringStore = {
    get: async (account) => held.get(account),
    set: async (account, value) => void held.set(account, value),
    delete: async (account) => void held.delete(account),
  };
  const toml = '[default]\nsecrets.backend = "keyring"';
  const env = { OSP_SECRETS_INDEX_FILE: index };
  const config = await load({ toml, env, keyring, profile: "lab", secrets: "[default]\nextensions.file = 1" });
  expect(config.find("extensions.pin")).toMatchObject({ resolved: "1234", source: "secrets", isSecret: true });
  expect(config.find("extensions.gone")).toBeUndefined();
  expect(config.find("extensions.file")).toBeUndefined();
  const locked = { ...keyring, get: () => Promise.reject(new HostError("keyring_failed", "locked")) };
  expect(await failure({ toml, env, keyring: locked })).toMatchObject({ code: "keyring_failed" });
  expect((await load({ toml })).problems).toEqual([]);
  writeFileSync(index, "version = 2");
  expect(await failure({ toml, env, keyring })).toMatchObject({ code: "config_invalid" });
});

test("a file that is wrong everywhere is read quickly and told about shortly", async () => {
  const lines = Array.from({ length: 50_000 }, (_, n) => `nope${n} = "\${a}"\nextensions.k${n} = "\${x}"`);
  const { problems } = await load({ toml: `[default]\n${lines.join("\n")}`, lenient: true });
  expect(problems).toHaveLength(100);
});

test("near names are offered for a key that has no value", async () => {
  const config = await load({ toml: "[default]\nextensions.plugins.env.api_url = 'x'" });
  expect(nearKeys(config, "ui.formt")[0]).toBe("ui.format");
  expect(nearKeys(config, "api_url")).toEqual(["extensions.plugins.env.api_url"]);
  expect(nearKeys(config, "zzzzzz")).toEqual([]);
  expect(nearKeys(config, "ui.").length).toBe(5);
});

test("an explanation lists what holds here, strongest first", async () => {
  const toml = "[default]\nui.width = 1\n[profile.lab]\nui.width = 2\n[profile.other]\nui.width = 3";
  const { winner, candidates, key } = (await load({ toml, profile: "lab" })).explain("UI.width");
  expect(key).toBe("ui.width");
  expect(winner?.resolved).toBe(2);
  expect(candidates.map(({ value, source }) => [value, source])).toEqual([
    [2, "file"],
    [1, "file"],
    [72, "defaults"],
  ]);
  expect((await load()).explain("nope")).toMatchObject({ winner: undefined, candidates: [] });
});
