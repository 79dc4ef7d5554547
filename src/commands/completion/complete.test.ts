import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RememberedPlugin, rememberPlugins } from "../../../test/helpers/remembered-plugins.ts";
import { makeTempHome, type TempHome } from "../../../test/helpers/temp-home.ts";
import { lineWords } from "../../base/line-words.ts";
import { parseOrderedJson } from "../../base/ordered-json.ts";
import {
  COMPLETION_ABOUT_CHARS_MAX,
  COMPLETION_LINE_CHARS_MAX,
  COMPLETION_VALUE_CHARS_MAX,
} from "../../protocol/limits.ts";
import { NO_META } from "../../terminal/no-meta.ts";
import { type Flags, noFlags } from "../flags.ts";
import type { Session } from "../session.ts";
import { complete } from "./complete.ts";

/** What nobody sees, or sees elsewhere than it stands. */
const HIDDEN = [
  "\u200b",
  "\u200d",
  "\ufeff",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\u{e0041}",
  "\u3164",
  "\ufe0f",
  "\u009b",
];
const ESCAPES = "\u001b]0;gone\u0007\u001b[31mred\u202e";

const PLUGINS: readonly RememberedPlugin[] = [
  {
    id: "hosts",
    commands: [
      {
        name: "inventory",
        about: "Looks after hosts.",
        args: [
          { name: "host", suggestions: [{ value: "web 01", meta: "the first" }, { value: "web-02" }] },
          { value_type: "Path" },
        ],
        flags: {
          "--floor": {
            about: "Which floor",
            required: true,
            suggestions: [{ value: "ground" }, { value: "up", sort: "1" }],
          },
          "-f": {
            about: "Which floor",
            required: true,
            suggestions: [{ value: "ground" }, { value: "up", sort: "1" }],
          },
          "--file": { about: "From a file", value_type: "path" },
          "--tag": { about: "May be given again", multi: true },
          "--json": { about: "The plugin's own", flag_only: true },
        },
        subcommands: [
          {
            name: "list",
            about: "Lists hosts.",
            flags: { "--all": { flag_only: true } },
            args: [{ multi: true, suggestions: [{ value: "a" }] }],
          },
          { name: "secret", about: "Nobody sees it.", auth: { visibility: "hidden" } },
        ],
      },
      { name: "unseen", auth: { visibility: "hidden" } },
      { name: "turned-off" },
    ],
  },
  { id: "one", commands: [{ name: "shared", flags: { "--of-one": {} } }] },
  { id: "two", commands: [{ name: "shared", flags: { "--of-two": {} } }] },
  {
    id: "hostile",
    commands: [
      {
        name: "hostile",
        about: `${ESCAPES}\nsecond line`,
        args: [
          {
            suggestions: [
              { value: "$(touch run)" },
              { value: "it's" },
              { value: 'q"\\' },
              { value: "a | F b" },
              { value: "--plugin-dir=/evil" },
              { value: "two\nlines" },
              { value: ESCAPES },
              ...HIDDEN.flatMap((char) => [{ value: `o${char}k` }, { value: `ok${char}` }]),
              { value: "x".repeat(COMPLETION_VALUE_CHARS_MAX) },
              { value: "x".repeat(COMPLETION_VALUE_CHARS_MAX + 1) },
              { value: "ok", meta: ESCAPES, display: `nice ${ESCAPES}` },
              { value: "long", meta: "y".repeat(COMPLETION_ABOUT_CHARS_MAX + 1) },
              { value: "fits", meta: "y".repeat(COMPLETION_ABOUT_CHARS_MAX) },
            ],
          },
        ],
      },
    ],
  },
];

const CONFIG = `
[default]
alias.hosts = "inventory list --floor up"
alias.placed = "inventory \${1} | F x"
plugins.turned-off.state = "disabled"
theme.name = "nord"
[profile.work]
ui.format = "json"
`;

const TOOL = {
  id: "inspect",
  description: "Looks at a file.",
  parameters: {
    type: "object",
    required: ["path", "mode"],
    properties: {
      path: { type: "string", description: "Which file" },
      mode: { enum: ["fast", "slow"] },
      deep: { type: "boolean" },
      token: { type: "string", format: "password", enum: ["hunter2"] },
      filter: { type: "object", properties: { from: { type: "string", enum: ["a", "b"] } } },
    },
  },
};

let home: TempHome;
let cwd: string;
let wasRun: () => boolean;

beforeAll(() => {
  home = makeTempHome();
  ({ wasRun } = rememberPlugins(home, PLUGINS));
  writeFileSync(join(home.env["XDG_CONFIG_HOME"]!, "osp/config.toml"), CONFIG);
  cwd = join(home.path, "here");
  mkdirSync(join(cwd, "a folder"), { recursive: true });
  writeFileSync(join(cwd, "a file"), "");
  const version = join(home.env["OSAURUS_HOME"]!, "Tools/dev.example.csv/1.0.0");
  mkdirSync(version, { recursive: true });
  const manifest = { plugin_id: "dev.example.csv", capabilities: { tools: [TOOL] } };
  writeFileSync(join(version, ".manifest.json"), JSON.stringify(manifest));
});

afterAll(() => home.remove());

const session = (last?: Session["last"]): Session => ({
  overrides: [],
  last,
  thrown: undefined,
  failure: undefined,
  results: { get: () => undefined, set() {} },
});

async function answer(line: string, more: { flags?: Partial<Flags>; shellPath?: readonly string[] } = {}) {
  const flags = { ...noFlags(), ...more.flags };
  return await complete({
    line,
    cursor: line.length,
    io: { env: home.env, cwd },
    flags,
    shellPath: more.shellPath ?? [],
  });
}

async function values(...args: Parameters<typeof answer>): Promise<string[]> {
  return (await answer(...args)).candidates.map(({ value }) => value);
}

test("a line begins with built-in commands, plugins' commands, aliases, native plugins and profiles", async () => {
  const all = await values("");
  for (const word of ["config", "plugins", "help", "inventory", "shared", "hosts", "csv", "dev.example.csv", "work"]) {
    expect(all).toContain(word);
  }
  for (const hidden of ["unseen", "turned-off", "exit", "__complete"]) expect(all).not.toContain(hidden);
  expect(await values("", { flags: { session: session() } })).toEqual(
    expect.arrayContaining(["exit", "quit", "last", "source"]),
  );
});

test("behind a group's word stand its commands, and behind those what they take", async () => {
  expect(await values("config ge")).toEqual(["get"]);
  expect(await values("config --json ge")).toEqual(["get"]);
  expect(await values("config get ui.form")).toEqual(expect.arrayContaining(["ui.format"]));
  expect(await values("config set ui.format js")).toEqual(["json"]);
  expect(await values("config set ui.prompt.secrets ")).toEqual(["true", "false"]);
  expect(await values("config set theme.name gruv")).toEqual(["gruvbox"]);
  expect(await values("config set profile.active")).not.toContain("profile.active");
  expect(await values("config unset theme")).toEqual(["theme.name"]);
  expect(await values("config set plugins.inventory.")).toEqual([
    "plugins.inventory.state",
    "plugins.inventory.provider",
  ]);
  expect(await values("config set plugins.shared.provider ")).toEqual(["one", "two"]);
  expect((await values("plugins enable "))[0]).toBe("turned-off");
  expect(await values("plugins select-provider shared ")).toEqual(["one", "two"]);
  expect(await values("plugins config ho")).toEqual(["hosts", "hostile"]);
  expect(await values("completions ")).toEqual(["bash", "zsh", "fish"]);
  expect(await values("help config s")).toEqual(expect.arrayContaining(["show", "set"]));
  expect(await values("config lsit x")).toEqual([]);
});

test("the options of a built-in command come before the host's, each as often as it may be given", async () => {
  const all = await values("config set -v --");
  expect(all.indexOf("--dry-run")).toBeLessThan(all.indexOf("--verbose"));
  expect(await values("config set --dry-run --dry")).toEqual([]);
  expect(await values("plugins enable x --terminal=")).toEqual(["--terminal=cli", "--terminal=repl"]);
  expect(await values("plugins enable x --profile wo")).toEqual(["work"]);
  expect(await values("agents create --tool ")).toEqual(["dev.example.csv/inspect"]);
  expect(await values("tools package --sign a")).toEqual(["'a folder/", "'a file'"].sort());
});

test("the host's flags stand anywhere, with their values, and one of a kind", async () => {
  expect(await values("--form")).toEqual(["--format"]);
  expect(await values("--format ")).toEqual(["auto", "json", "table", "md", "mreg", "value", "guide"]);
  expect(await values("--format=ta")).toEqual(["--format=table"]);
  expect(await values("--theme nor")).toEqual(["nord"]);
  expect(await values("--profile wo")).toEqual(["work"]);
  expect(await values("--json --tab")).toEqual([]);
  expect(await values("-v --verb")).toEqual(["--verbose"]);
  expect(await values("--cac")).toEqual([]);
  expect(await values("--cac", { flags: { session: session() } })).toEqual(["--cache"]);
  expect(await values("inventory --prof")).toEqual([]);
});

test("a plugin's command offers subcommands, suggestions and what it cannot do without", async () => {
  const { candidates } = await answer("inventory ");
  expect(candidates.map(({ value }) => value)).toEqual(["--floor", "list", "'web 01'", "web-02"].sort(bySpec));
  expect(candidates[0]).toEqual({ value: "--floor", display: "--floor*", about: "Which floor", isFinal: true });
  expect(candidates.find(({ display }) => display === "web 01")).toMatchObject({
    value: "'web 01'",
    about: "the first",
  });
  expect(await values("inventory --floor up ")).not.toContain("--floor");
  expect(await values("inventory -f up ")).not.toContain("--floor");
  expect(await values("inventory --floor ")).toEqual(["up", "ground"]);
  expect(await values("inventory --floor=g")).toEqual(["--floor=ground"]);
  expect(await values("inventory x ")).not.toContain("list");
  expect(await values("inventory --floor up x a")).toEqual(["'a file'", "'a folder/"]);
  expect(await values("inventory --floor up --tag a --ta")).toContain("--tag");
  expect(await values("inventory --floor up --file=a")).toEqual(["'--file=a file'", "'--file=a folder/"]);
});

/** What is required comes first, the rest by name. */
function bySpec(a: string, b: string): number {
  return Number(b.startsWith("--")) - Number(a.startsWith("--")) || (a.replace("'", "") < b.replace("'", "") ? -1 : 1);
}

test("a subcommand brings its own flags, and those of the command stay", async () => {
  expect(await values("inventory list --")).toEqual(expect.arrayContaining(["--all", "--floor", "--file"]));
  expect(await values("inventory LIST a a ")).toEqual(["--floor", "a"]);
  expect(await values("inventory list --all --al")).not.toContain("--all");
});

test("a flag that the plugin declares is the plugin's; behind -- nothing is a flag", async () => {
  const { candidates } = await answer("inventory --js");
  expect(candidates).toEqual([expect.objectContaining({ value: "--json", about: "The plugin's own" })]);
  expect(await values("inventory -- --fl")).toEqual([]);
  expect(await values("inventory -- web-")).toEqual(["web-02"]);
});

test("a hidden subcommand, an ambiguous command and one that is off are asked in vain", async () => {
  expect(await values("inventory sec")).toEqual([]);
  expect(await values("shared --of")).toEqual([]);
  expect(await values("--plugin-provider two shared --of")).toEqual(["--of-two"]);
  expect(await values("shared --plugin-provider one --of")).toEqual(["--of-one"]);
  expect(await values("turned-off --")).toEqual([]);
  expect(await values("nobodys --")).toEqual([]);
});

test("a profile in front and an alias stand for what they are", async () => {
  expect(await values("work inven")).toContain("inventory");
  expect(await values("hosts --fl")).not.toContain("--floor");
  expect(await values("hosts --al")).toEqual(["--all"]);
  expect(await values("placed --floor ")).toEqual(["up", "ground"]);
});

test("a native tool offers what its schema says", async () => {
  expect(await values("csv ")).toEqual(["inspect"]);
  expect(await values("tools call dev.example.csv ")).toEqual(["inspect"]);
  const all = await values("csv inspect --");
  expect(all.slice(0, 2)).toEqual(["--mode", "--path"]);
  expect(all).toEqual(expect.arrayContaining(["--deep", "--filter", "--filter.from", "--args", "--agent"]));
  // The host's flags stand back where the tool's fit, but for two.
  expect(all).toEqual(expect.arrayContaining(["--json", "--help"]));
  expect(all).not.toContain("--verbose");
  expect(await values("csv inspect --mo")).toEqual(["--mode"]);
  expect(await values("csv inspect --de")).toEqual(["--deep"]);
  expect(await values("csv inspect -v --de")).toEqual(["--deep", "--debug", "--defaults-only"]);
  expect(await values("csv inspect --verb")).toEqual(["--verbose"]);
  expect(await values("csv inspect --mode ")).toEqual(["fast", "slow"]);
  expect(await values("csv inspect --filter.from=")).toEqual(["--filter.from=a", "--filter.from=b"]);
  expect(await values("csv inspect --path a")).toEqual(["'a file'", "'a folder/"]);
  expect(await values("csv inspect --path @a")).toEqual(["'@a file'", "'@a folder/"]);
  expect(await values("csv inspect --mode fast --mo")).not.toContain("--mode");
  expect(await values("csv inspect 'a file' ")).toContain("fast");
  expect(await values("csv inspect --token ")).toEqual([]);
});

test("in an entered shell, words stand behind the command's; what means the same everywhere stays in reach", async () => {
  const shell = { shellPath: ["inventory"], flags: { session: session() } };
  const first = await values("", shell);
  expect(first).toEqual(expect.arrayContaining(["list", "web-02", "config", "exit", "help"]));
  expect(first).not.toContain("shared");
  expect(await values("list --al", shell)).toEqual(["--all"]);
  expect(await values("config ge", shell)).toEqual(["get"]);
});

test("behind a bar stand verbs, and the keys of the newest result", async () => {
  expect(await values("inventory | ")).toEqual(expect.arrayContaining(["F", "P", "S", "JQ"]));
  const data = parseOrderedJson('[{"host":"a","at":{"floor":1},"odd key":0},{"late":true,"\\u001b[31m":1}]');
  const flags = { session: session({ data, meta: NO_META, pipeline: "" }) };
  expect(await values("inventory | F ", { flags })).toEqual(["host", "at", "at.floor", "'odd key'", "late"]);
  expect(await values("inventory | F x | S !fl", { flags })).toEqual(["!at.floor"]);
  expect(await values("| P host,la", { flags })).toEqual(["host,late"]);
  expect(await values("last | A ", { flags })).toEqual(expect.arrayContaining(["count", "sum"]));
  expect(await values("last | A sum(fl", { flags })).toEqual(["sum(at.floor"]);
  expect(await values("last | S host AS ", { flags })).toEqual(["num", "str", "ip", "auto"]);
  expect(await values("last | L ", { flags })).toEqual([]);
});

test("what is accepted means just itself, in whichever quotes it is typed", async () => {
  const hostile = [
    "$(touch run)",
    "it's",
    'q"\\',
    "a | F b",
    "x".repeat(COMPLETION_VALUE_CHARS_MAX),
    "ok",
    "long",
    "fits",
  ];
  for (const quote of ["", "'", '"']) {
    const line = `hostile ${quote}`;
    const { from, to, candidates } = await answer(line);
    const words = candidates.map(({ value }) => lineWords(line.slice(0, from) + value + line.slice(to)));
    expect(words.map(({ problem }) => problem)).toEqual(words.map(() => undefined));
    expect(words.map(({ tokens }) => tokens.length)).toEqual(words.map(() => 2));
    expect(words.map(({ tokens }) => tokens[1]!.text).sort()).toEqual([...hostile].sort());
  }
});

test("what a plugin says reaches a menu without escapes, on one line, and short", async () => {
  const { candidates } = await answer("hostile ");
  const shown = JSON.stringify(candidates) + JSON.stringify(await answer("hosti"));
  expect(shown).not.toMatch(/\\u00[01]|\\n|\u202e/);
  const about = (display: RegExp) => candidates.find((one) => display.test(one.display))?.about;
  expect(about(/^fits/)).toHaveLength(COMPLETION_ABOUT_CHARS_MAX);
  expect(about(/^long/)).toBe(`${"y".repeat(COMPLETION_ABOUT_CHARS_MAX - 1)}…`);
});

test("quotes that were begun are kept, and closed where the word is whole", async () => {
  expect(await answer('inventory --floor up x "a fo')).toMatchObject({
    from: 23,
    candidates: [{ value: '"a folder/', isFinal: false }],
  });
  expect(await values('inventory --floor up x "a fi')).toEqual(['"a file"']);
  expect(await values("inventory web\\ ")).toEqual(["'web 01'"]);
  expect(await values("inventory web\\")).toEqual([]);
});

test("only what stands in front of the cursor counts", async () => {
  const found = await complete({ line: "conf get", cursor: 4, io: { env: home.env, cwd }, flags: noFlags() });
  expect(found).toMatchObject({ from: 0, to: 4, candidates: [{ value: "config" }] });
});

test("a line of any length is answered, and a very long one with nothing", async () => {
  const flag = " --floor=";
  const long = (chars: number) => "inventory ".padEnd(chars - flag.length, "x ") + flag;
  expect(await values(long(COMPLETION_LINE_CHARS_MAX))).toHaveLength(2);
  expect(await values(long(COMPLETION_LINE_CHARS_MAX + 1))).toEqual([]);
});

test("a configuration that cannot be read leaves the commands that mend it", async () => {
  const broken = makeTempHome();
  const folder = join(broken.env["XDG_CONFIG_HOME"]!, "osp");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.toml"), "[default\n");
  const at = async (line: string) =>
    (await complete({ line, cursor: line.length, io: { env: broken.env, cwd }, flags: noFlags() })).candidates;
  expect((await at("conf")).map(({ value }) => value)).toEqual(["config"]);
  expect(await at("inventory ")).toEqual([]);
  broken.remove();
});

test("none of all this ran a plugin", () => {
  expect(wasRun()).toBe(false);
});
