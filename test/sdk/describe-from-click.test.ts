import { beforeAll, expect, test } from "vitest";
import { pythonEnvironment } from "../helpers/python-environment.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import {
  checked,
  describeSource,
  onlyCommand,
  PLAIN,
  type Python,
  runOn,
  runScript,
  sdkFixture,
  values,
} from "./describe-script.ts";

let python: Python;
beforeAll(() => {
  python = { framework: "click", path: `${pythonEnvironment()}:${process.env["PATH"]}` };
}, 300_000); // Packages may have to be fetched first.

const describe = (...lines: string[]) => onlyCommand(describeSource(python, lines.join("\n")));

test("a whole Click program is described as it is, by its file", () => {
  const { status, stdout, stderr } = runScript(
    python,
    tempDir(),
    `${sdkFixture("notes")}:notes`,
    "--plugin-id",
    "notes",
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const tags = values("home", "work");
  const tag = { ...PLAIN, about: "Only with this tag.", multi: true, suggestions: tags, flag_only: false };
  const shout = { ...PLAIN, about: "In capitals.", flag_only: true };
  const verbose = { ...PLAIN, multi: true, flag_only: true };
  const dryRun = { ...PLAIN, flag_only: true };
  expect(checked(stdout)).toEqual({
    protocol_version: 1,
    plugin_id: "notes",
    plugin_version: "0.1.0",
    min_osp_version: null,
    commands: [
      {
        name: "notes",
        about: "Keep notes.",
        args: [],
        flags: { "--book": { ...PLAIN, about: "File with the notes.", value_type: "Path", flag_only: false } },
        subcommands: [
          {
            name: "find",
            about: "Find notes by their words.",
            args: [{ ...PLAIN, name: "words", multi: true }],
            flags: {
              "--tag": tag,
              "-t": tag,
              "--shout": shout,
              "--no-shout": shout,
              "-S": shout,
              "--verbose": verbose,
              "-v": verbose,
            },
            subcommands: [],
          },
          {
            name: "add",
            about: "Add a note",
            args: [
              { ...PLAIN, name: "text", required: true },
              { ...PLAIN, name: "attachment", value_type: "Path" },
            ],
            flags: {
              "--tag": { ...PLAIN, about: "What it belongs to.", required: true, suggestions: tags, flag_only: false },
              "--at": { ...PLAIN, about: "Line and column.", multi: true, flag_only: false },
            },
            subcommands: [],
          },
          {
            name: "book",
            about: "Look after the book itself.",
            args: [],
            flags: {},
            subcommands: [
              {
                name: "clean",
                about: "Throw old notes away.",
                args: [],
                flags: { "--dry-run": dryRun, "-n": dryRun, "--force": { ...dryRun, about: "force" } },
                subcommands: [],
              },
            ],
          },
        ],
      },
    ],
  });
});

test("a whole Typer program is described as it is, by its app", () => {
  const { status, stdout, stderr } = runScript(
    python,
    tempDir(),
    `${sdkFixture("books")}:app`,
    "--plugin-id",
    "osp-books",
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const shelf = { ...PLAIN, about: "Only this shelf", suggestions: values("novels", "textbooks"), flag_only: false };
  const upper = { ...PLAIN, about: "Titles in capitals", flag_only: true };
  const verbose = { ...PLAIN, about: "Say more", multi: true, flag_only: true };
  const source = { ...PLAIN, name: "source", about: "File to read", required: true, value_type: "Path" };
  expect(onlyCommand(checked(stdout))).toEqual({
    name: "books",
    about: "Lend books.",
    args: [],
    flags: {},
    subcommands: [
      {
        name: "list",
        about: "List books.",
        args: [{ ...PLAIN, name: "words", about: "Only titles with these words", multi: true }],
        flags: {
          "--shelf": shelf,
          "-s": shelf,
          "--upper": upper,
          "--no-upper": upper,
          "--verbose": verbose,
          "-v": verbose,
        },
        subcommands: [],
      },
      {
        name: "admin",
        about: "Look after the shelves.",
        args: [],
        flags: {},
        subcommands: [
          {
            name: "import",
            about: "Read books from files.",
            args: [source],
            flags: {
              "--more": { ...PLAIN, about: "Further files", multi: true, value_type: "Path", flag_only: false },
              "--by": { ...PLAIN, about: "Who is responsible", required: true, flag_only: false },
            },
            subcommands: [],
          },
        ],
      },
    ],
  });
});

test.each([
  ["the name of the command", "@click.command('osp-disk')\ndef target(): pass", "disk"],
  ["the name of the function", "@click.command()\ndef target(): pass", "target"],
  ["the plugin's, when there is none", "target = click.Command(None)", "tool"],
])("a Click command is called by %s", (_, source, name) => {
  expect(describe("import click", source).name).toBe(name);
});

test.each([
  ["the app's name", "target = typer.Typer(name='disk')", "", "disk"],
  ["the name of its only command", "target = typer.Typer()", "'disk'", "disk"],
  ["the plugin's, and not that of the function", "target = typer.Typer()", "", "tool"],
])("a Typer app of one command is called by %s", (_, app, name, expected) => {
  const command = describe("import typer", app, `@target.command(${name})`, "def main(size: int = 1): pass");
  expect(command).toMatchObject({ name: expected, subcommands: [] });
  expect(Object.keys(command.flags)).toEqual(["--size"]);
});

test("a member of an enumeration is suggested as the framework takes it", () => {
  const color = "import enum\nclass Color(str, enum.Enum): RED = 'red'";
  const click = describe(
    color,
    "import click",
    "typed = 'RED' if hasattr(click.Choice, 'normalize_choice') else 'red'",
    "@click.command()",
    "@click.option('--color', type=click.Choice(Color), help=typed)",
    "def target(color): pass",
    "assert target.make_context('tool', ['--color', typed]).params == {'color': Color.RED}",
  );
  const typer = describe(
    color,
    "import typer",
    "from typing import List",
    "target = typer.Typer()",
    "@target.command()",
    "def main(color: Color, more: List[Color] = []): pass",
  );
  expect(click.flags["--color"]?.suggestions).toEqual(values(click.flags["--color"]?.about ?? ""));
  expect(typer.args[0]?.suggestions).toEqual(values("red"));
  expect(typer.flags["--more"]).toMatchObject({ multi: true, suggestions: values("red") });
});

test("paths are known by Path, File, what is derived from them, pathlib, and tuples of these", () => {
  const { flags } = describe(
    "import click, pathlib",
    "class Folder(click.Path): pass",
    "types = [click.Path(), click.File(), Folder(), pathlib.Path, (click.Path(), click.Path()), (click.Path(), int), str, int]",
    "target = click.Command('tool', params=[click.Option([f'--o{i}'], type=t) for i, t in enumerate(types)])",
  );
  expect(Object.values(flags).map(({ value_type }) => value_type)).toEqual([
    ...Array(5).fill("Path"),
    null,
    null,
    null,
  ]);
});

test("an option that only looks like the framework's own is described", () => {
  const { flags } = describe(
    "import click",
    "@click.command()",
    "@click.version_option('1.0')",
    "@click.help_option('-h', '--help')",
    "def target(): pass",
    "target.params.append(click.Option(['--version', 'wanted'], help='which one'))",
    "target.params.append(click.Option(['--show-completion'], help='of the work'))",
  );
  expect(Object.values(flags).map(({ about }) => about)).toEqual(["which one", "of the work"]);
});

test("a group that loads its commands late is asked for them, and its order is kept", () => {
  const { subcommands } = describe(
    "import click",
    "class Late(click.Group):",
    "    def list_commands(self, ctx): return ['zeta', 'gone', 'alpha']",
    "    def get_command(self, ctx, name): return None if name == 'gone' else click.Command(name, help=f'{name} help\\f not this')",
    "target = Late('tool')",
  );
  expect(subcommands.map(({ name, about }) => [name, about])).toEqual([
    ["zeta", "zeta help"],
    ["alpha", "alpha help"],
  ]);
});

test("a function that returns a command is called", () => {
  expect(describe("import click", "def target(): return click.Command('made', help='Made late')")).toMatchObject({
    name: "made",
    about: "Made late",
  });
});

test.each([
  ["something else than a command", "target = 1", 2, "no Click command and no Typer app"],
  ["the class of commands", "from click import Command as target", 1, "failed: TypeError"],
  ["an empty Typer app", "import typer\ntarget = typer.Typer()", 1, "turning the Typer app into a command failed"],
  ["an import that fails", "import nothing_of_that_name", 1, "No module named"],
  ["a name that cannot be one", "import click\ntarget = click.Command('++')", 1, "cannot become the name"],
])("a target that is wrong is one line: %s", (_, source, expected, message) => {
  const { status, stdout, stderr } = runOn(python, source);
  expect({ status, stdout }).toEqual({ status: expected, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("Traceback");
});
