import { describe, expect, test } from "vitest";
import { DescribeV1 } from "../protocol/process-plugin.ts";
import { noFlags } from "./flags.ts";
import { describedOwner, peekRouting, splitLine, takeLeadingFlags } from "./split-line.ts";

const { commands } = DescribeV1.parse({
  protocol_version: 1,
  plugin_id: "p",
  plugin_version: "1",
  commands: [
    { name: "bare" },
    {
      name: "rich",
      flags: { "--filter": {}, "-n": {}, "-d": { flag_only: true }, "--timeout": {}, "-word": {} },
      subcommands: [{ name: "sub", flags: { "--json": { flag_only: true }, "-h": { flag_only: true } } }],
    },
  ],
});
const [bare, rich] = commands as [(typeof commands)[0], (typeof commands)[0]];

function split(command: typeof bare, line: string) {
  const flags = noFlags();
  return { flags, args: splitLine(flags, line.split(" "), describedOwner(command)) };
}

describe("host flags", () => {
  test("are taken from anywhere before --, and never after it", () => {
    const { flags, args } = split(bare, "a --json b -vv -q -d --color=never -- --json -v");
    expect(args).toEqual(["a", "b", "--", "--json", "-v"]);
    expect(flags).toMatchObject({ format: "json", verbosity: 1, debug: 1, color: "never" });
  });

  test("that the plugin does not declare and the host does not know reach the plugin", () => {
    expect(split(bare, "--limit 5 -x -vx --jsonp --json=1 -").args).toEqual(
      "--limit 5 -x -vx --jsonp --json=1 -".split(" "),
    );
  });

  test("that the plugin declares are the plugin's, with their values", () => {
    const { flags, args } = split(rich, "--filter --json -n -v -d -vd --timeout x --filter=--json -word -q -n5");
    expect(args).toEqual("--filter --json -n -v -d -vd --timeout x --filter=--json -word -q -n5".split(" "));
    expect(flags).toMatchObject({ format: undefined, verbosity: 0, debug: 0, timeoutMs: undefined });
  });

  test("become the plugin's with the subcommand that declares them", () => {
    expect(split(rich, "--json SUB").flags.format).toBe("json");
    expect(split(rich, "sub --json -d")).toMatchObject({ args: ["sub", "--json", "-d"], flags: { format: undefined } });
  });

  test("a value that is missing, wrong or given twice is refused", () => {
    for (const line of ["--format", "--format --", "--plugin-provider= ", "--unicode maybe"]) {
      expect(() => split(bare, line)).toThrow(/needs a value|takes/);
    }
    for (const line of ["--json --json", "--json --format table", "--ascii --unicode never"]) {
      expect(() => split(bare, line)).toThrow("only once");
    }
  });
});

test("help is asked for by --help, by -h unless it is declared, and by the first word", () => {
  const asks = (command: typeof bare, line: string) => split(command, line).flags.help;
  expect(["--help", "x -h", "help x", "--json help"].map((line) => asks(bare, line))).toEqual([true, true, true, true]);
  expect(["x help", "-- --help"].map((line) => asks(bare, line))).toEqual([false, false]);
  expect([asks(rich, "sub -h"), asks(rich, "--filter --help"), asks(rich, "-h")]).toEqual([false, false, true]);
  expect(split(bare, "x --help -v").args).toEqual(["x", "--help"]);
});

describe("before the command", () => {
  const lead = (line: string) => {
    const flags = noFlags();
    return { flags, at: takeLeadingFlags(flags, line.split(" ")) };
  };

  test("every flag is the host's, up to the first word or what is no flag", () => {
    const { flags, at } = lead("--profile lab -u ada --no-env --defaults-only -v --theme=nord --md inventory --json");
    expect(at).toBe(9);
    expect(flags).toMatchObject({ profile: "lab", useEnv: false, defaultsOnly: true, verbosity: 1, format: "md" });
    expect(flags.overrides).toEqual([
      { key: "user.name", value: "ada", origin: "-u" },
      { key: "theme.name", value: "nord", origin: "--theme" },
    ]);
    expect([lead("-- x").at, lead("--nonsense x").at, lead("-v").at]).toEqual([0, 0, 1]);
  });

  test("what may stand only there is the plugin's behind the command", () => {
    const { flags, args } = split(bare, "--profile lab --version -V -u ada --theme x --timeout 5");
    expect(args).toEqual("--profile lab --version -V -u ada --theme x --timeout 5".split(" "));
    expect(flags).toEqual(noFlags());
  });

  test("a choice that is made twice, and --cache without a shell, are refused", () => {
    for (const line of ["--plain --rich x", "--theme a --theme b x", "--profile a --profile b x", "--md --table x"]) {
      expect(() => lead(line)).toThrow("only once");
    }
    expect(() => lead("--cache x")).toThrow("interactive");
    expect(lead("--timeout 1.5 x").flags.timeoutMs).toBe(1500);
    for (const line of ["--timeout 0 x", "--timeout 1e3 x", "--timeout"]) expect(() => lead(line)).toThrow("--timeout");
    expect(() => lead("--timeout 1 --timeout 1 x")).toThrow("only once");
  });
});

test("where to look for plugins is known before any plugin is", () => {
  expect(
    peekRouting(["--plugin-dir", "a", "--plugin-dir=b", "--plugin-provider", "p", "--", "--plugin-dir", "c"]),
  ).toEqual({
    pluginDirs: ["a", "b"],
    provider: "p",
  });
});
