import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../helpers/temp-dir.ts";
import {
  checked,
  describeSource,
  onlyCommand,
  PLAIN,
  type Python,
  runOn,
  runScript,
  scriptPath,
  sdkFixture,
  values,
} from "./describe-script.ts";

const python: Python = { framework: "argparse", path: process.env["PATH"] ?? "" };
const describe = (...lines: string[]) =>
  onlyCommand(
    describeSource(
      python,
      [
        "import argparse, enum, pathlib, itertools",
        "target = parser = argparse.ArgumentParser(prog='osp-tool')",
        ...lines,
      ].join("\n"),
    ),
  );

test("a whole program is described as it is, by its file", () => {
  const args = [`${sdkFixture("dns")}:make_parser`, "--plugin-id", "dns", "--plugin-version", "0.3.0"];
  const { status, stdout, stderr } = runScript(python, tempDir(), ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout.startsWith('{\n  "protocol_version": 1,\n')).toBe(true);
  const verbose = { ...PLAIN, about: "say more; twice for everything", multi: true, flag_only: true };
  const server = {
    ...PLAIN,
    about: "server to ask (default: ns1)",
    suggestions: values("ns1", "ns2"),
    flag_only: false,
  };
  const type = {
    ...PLAIN,
    about: "only this type",
    multi: true,
    suggestions: values("A", "AAAA", "MX"),
    flag_only: false,
  };
  const color = { ...PLAIN, about: "mark what was found", flag_only: true };
  const ttl = { ...PLAIN, about: "seconds, 100% of them", required: true, suggestions: values("300", "3600") };
  expect(checked(stdout)).toEqual({
    protocol_version: 1,
    plugin_id: "dns",
    plugin_version: "0.3.0",
    min_osp_version: null,
    commands: [
      {
        name: "dns",
        about: "Look after DNS records.",
        args: [],
        flags: { "--verbose": verbose, "-v": verbose },
        subcommands: [
          {
            name: "record",
            about: "Read and change records",
            args: [],
            flags: {},
            subcommands: [
              {
                name: "add",
                about: "Add a record",
                args: [
                  { ...PLAIN, name: "name", required: true },
                  { ...PLAIN, name: "value", about: "what it points to" },
                ],
                flags: { "--server": server, "--ttl": { ...ttl, flag_only: false } },
                subcommands: [],
              },
              {
                name: "find",
                about: "Find records",
                args: [{ ...PLAIN, name: "name", about: "only these names", multi: true }],
                flags: {
                  "--server": server,
                  "--type": type,
                  "-t": type,
                  "--limit": { ...PLAIN, about: "at most so many", flag_only: false },
                  "--all": { ...PLAIN, about: "all of them", flag_only: true },
                  "--color": color,
                  "--no-color": color,
                },
                subcommands: [],
              },
            ],
          },
          {
            name: "zone",
            about: "Read whole zones",
            args: [
              { ...PLAIN, name: "file", about: "zone file", required: true, value_type: "Path" },
              { ...PLAIN, name: "rest", multi: true },
            ],
            flags: { "-o": { ...PLAIN, about: "where to write", value_type: "Path", flag_only: false } },
            subcommands: [],
          },
        ],
      },
    ],
  });
});

test("what is left out: help, version, hidden options, hidden subcommands, aliases", () => {
  const command = describe(
    "parser.add_argument('--version', action='version', version='1')",
    "parser.add_argument('--hidden', help=argparse.SUPPRESS)",
    "subs = parser.add_subparsers()",
    "subs.add_parser('shown', help='yes', aliases=['also'])",
    "subs.add_parser('secret', help=argparse.SUPPRESS)",
  );
  expect(command.flags).toEqual({});
  expect(command.subcommands.map(({ name }) => name)).toEqual(["shown"]);
});

test("an argument is required, optional or many as its nargs say", () => {
  const { args } = describe(
    "for name, nargs in [('one', None), ('maybe', '?'), ('two', 2), ('single', 1), ('some', '+'), ('any', '*'), ('rest', '...')]:",
    "    parser.add_argument(name, nargs=nargs)",
  );
  expect(args.map(({ name, required, multi }) => [name, required, multi])).toEqual([
    ["one", true, false],
    ["maybe", false, false],
    ["two", true, true],
    ["single", true, false],
    ["some", true, true],
    ["any", false, true],
    ["rest", false, true],
  ]);
});

test("a hidden argument keeps its place", () => {
  const { args } = describe(
    "parser.add_argument('a', help=argparse.SUPPRESS)",
    "parser.add_argument('b', metavar='BEE')",
  );
  expect(args.map(({ name, about }) => [name, about])).toEqual([
    ["a", null],
    ["BEE", null],
  ]);
});

test("an option stands alone when its action takes no value, and repeats when its action collects", () => {
  const { flags } = describe(
    "for action in ['store', 'store_true', 'store_false', 'append', 'extend', 'count']:",
    "    parser.add_argument('--' + action, action=action, help=action)",
    "parser.add_argument('--const', action='store_const', const=1, help='const')",
    "parser.add_argument('--append_const', action='append_const', const=1, help='append_const')",
    "parser.add_argument('--many', nargs='+', help='many')",
    "parser.add_argument('--perhaps', nargs='?', help='perhaps')",
  );
  const shape = Object.entries(flags).map(([name, { flag_only, multi }]) => [name, flag_only, multi]);
  expect(shape).toEqual([
    ["--store", false, false],
    ["--store_true", true, false],
    ["--store_false", true, false],
    ["--append", false, true],
    ["--extend", false, true],
    ["--count", true, true],
    ["--const", true, false],
    ["--append_const", true, true],
    ["--many", false, true],
    ["--perhaps", false, false],
  ]);
});

test("paths are known by FileType, its instances, path classes, open, and functions that return a path", () => {
  const { args } = describe(
    "def existing(text) -> pathlib.Path: return pathlib.Path(text)",
    "def late(text) -> 'pathlib.Path': return pathlib.Path(text)",
    "types = [argparse.FileType('r'), pathlib.Path, pathlib.PurePosixPath, open, existing, late, str, int, None]",
    "for index, kind in enumerate(types): parser.add_argument(str(index), type=kind)",
    "parser.add_argument('class').type = argparse.FileType", // A mistake that newer versions refuse.
  );
  expect(args.map(({ value_type }) => value_type)).toEqual([...Array(6).fill("Path"), null, null, null, "Path"]);
});

test("choices are suggested as they are typed, whatever they are", () => {
  const { args } = describe(
    "class Color(enum.Enum): RED = 'red'; BLUE = 'blue'",
    "class Only:\n    def __contains__(self, value): return True",
    "parser.add_argument('number', type=int, choices=range(1, 4))",
    "parser.add_argument('mapping', choices={'x': 1, '': 2, 'y': 3})",
    "parser.add_argument('by-value', type=Color, choices=list(Color))",
    "parser.add_argument('by-name', type=lambda text: Color[text], choices=list(Color))",
    "parser.add_argument('port', type=int, choices=range(1, 65536), metavar='port')",
    "parser.add_argument('endless', type=int, choices=itertools.count(), metavar='endless')",
    "parser.add_argument('opaque', metavar='opaque').choices = Only()",
  );
  expect(args.map(({ suggestions }) => suggestions.map(({ value }) => value))).toEqual([
    ["1", "2", "3"],
    ["x", "y"],
    ["red", "blue"],
    ["RED", "BLUE"],
    [],
    [],
    [],
  ]);
});

test("each spelling is an entry of its own, and equal to the others of its option", () => {
  const { flags } = describe(
    "parser.add_argument('-l', '--limit', '--max', required=True, help='rows')",
    "parser.add_argument('-x', '-word', action='store_true', help='short only')",
  );
  expect(Object.keys(flags)).toEqual(["--limit", "--max", "-l", "-x", "-word"]);
  expect(flags["-l"]).toEqual(flags["--limit"]);
  expect(flags["--limit"]).toMatchObject({ required: true, about: "rows" });
});

test("two options that say the same stay two", () => {
  const { flags } = describe(
    "for name in ['--all', '--dry-run', '--one', '--two']:",
    "    parser.add_argument(name, action='store_true', help='same' if name in ('--one', '--two') else None)",
  );
  expect(Object.entries(flags).map(([name, { about }]) => [name, about])).toEqual([
    ["--all", null],
    ["--dry-run", "dry run"],
    ["--one", "same"],
    ["--two", "same (--two)"],
  ]);
});

test("spellings that the protocol does not take are left out", () => {
  const { flags } = describe(
    "target = parser = argparse.ArgumentParser(prog='tool', prefix_chars='-+/')",
    "parser.add_argument('+x', '--ex')",
    "parser.add_argument('/only')",
  );
  expect(Object.keys(flags)).toEqual(["--ex"]);
});

test("help is filled in as the parser does it, and a stray percent sign is left as it is", () => {
  const { flags } = describe(
    "target = parser = argparse.ArgumentParser(prog='tool', formatter_class=argparse.ArgumentDefaultsHelpFormatter)",
    "parser.add_argument('--port', type=int, default=80, help='port of\\n  %(prog)s, a %(type)s')",
    ...["try:", "    parser.add_argument('--odd', help='100% odd')", "except ValueError:"],
    "    parser.add_argument('--odd').help = '100% odd'", // From 3.14 on it is refused here.
  );
  expect(flags["--port"]?.about).toBe("port of tool, a int (default: 80)");
  expect(flags["--odd"]?.about).toBe("100% odd");
});

test.each([
  ["osp-inventory", "inventory"],
  ["osp-inventory.py", "inventory"],
  ["/usr/bin/osp-inventory sub", "inventory"],
  ["python3 -m inventory", "inventory"],
  ["Lager & Co", "lager"],
  ["Ünïcode_1", "n-code_1"],
  ["", "tool"],
])("a program that calls itself %j is the command %j", (prog, name) => {
  const source = `import argparse\ntarget = argparse.ArgumentParser(prog=${JSON.stringify(prog)})`;
  expect(onlyCommand(describeSource(python, source)).name).toBe(name);
});

test("a program that does not call itself anything has the name of its file, or of the plugin", () => {
  const source = "import argparse\ndef target(): return argparse.ArgumentParser(description='%(prog)s does it')";
  expect(onlyCommand(describeSource(python, source))).toMatchObject({ name: "tool", about: "osp-tool does it" });
});

test("what a module prints does not get into the JSON", () => {
  const { status, stdout, stderr } = runOn(
    python,
    "print('hello')\nimport argparse\ntarget = argparse.ArgumentParser()",
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "hello\n" });
  checked(stdout);
});

test.each([
  ["no colon", ["tool", "--plugin-id", "x"], "is not MODULE:ATTR"],
  ["no attribute", ["tool:", "--plugin-id", "x"], "is not MODULE:ATTR"],
  ["a name that is not there", ["tool:nothing", "--plugin-id", "x"], 'tool has no "nothing"'],
  ["something else than a parser", ["tool:number", "--plugin-id", "x"], "no argparse.ArgumentParser"],
  ["a blank id", ["tool:target", "--plugin-id", " "], "must not be blank"],
  ["no id", ["tool:target"], "--plugin-id"],
])("a bad target is refused with status 2: %s", (_, args, message) => {
  const source = "import argparse\nnumber = 1\ntarget = argparse.ArgumentParser()";
  const cwd = tempDir();
  writeFileSync(join(cwd, "tool.py"), source);
  const { status, stdout, stderr } = runScript(python, cwd, ...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("Traceback");
});

test.each([
  ["an import that fails", "import nothing_of_that_name", "No module named 'nothing_of_that_name'"],
  ["a mistake in the source", "def", "SyntaxError"],
  ["a program that runs when it is imported", "import sys\nsys.exit(3)", "ended the program with status 3"],
  ["a function that fails", "def target(): raise KeyError('x')", "KeyError"],
  [
    "a name that cannot be one",
    "import argparse\ntarget = argparse.ArgumentParser(prog='++')",
    "cannot become the name",
  ],
  [
    "two subcommands that become one",
    "import argparse\ntarget = argparse.ArgumentParser()\nsubs = target.add_subparsers()\nfor name in 'aA': subs.add_parser(name)",
    'two subcommands are called "a"',
  ],
])("a target that fails is one line and status 1: %s", (_, source, message) => {
  const { status, stdout, stderr } = runOn(python, source);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("Traceback");
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("a module or a file that is not there is said in one line", () => {
  for (const target of ["nowhere:parser", "./nowhere.py:parser"]) {
    const { status, stderr } = runScript(python, tempDir(), target, "--plugin-id", "x");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^plugin_describe_from_argparse\.py: importing \S*nowhere\S* failed: .*\n$/);
  }
});

test("the part that both scripts share is the same in both", () => {
  const shared = (framework: "argparse" | "click") => {
    const text = readFileSync(scriptPath(framework), "utf8");
    return text.slice(text.indexOf("# --- From here on the same"), text.indexOf('if __name__ == "__main__"'));
  };
  expect(shared("argparse").length).toBeGreaterThan(1000);
  expect(shared("click")).toBe(shared("argparse"));
});
