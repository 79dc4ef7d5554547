import { Argument, Command, Option } from "commander";
import { expect, test } from "vitest";
import { describeFromCommander } from "../../sdk/typescript/describe-from-commander.ts";
import { checked, onlyCommand, PLAIN, values } from "./describe-script.ts";

const FACTS = { pluginId: "osp-tool", pluginVersion: "1.0.0" };
const describe = (program: Command) => onlyCommand(checked(JSON.stringify(describeFromCommander(program, FACTS))));

test("a command with everything is described as it is", () => {
  const program = new Command("osp-disk").summary("Look at disks").description("Look at disks, in many words");
  program
    .argument("<source-file>", "what to read")
    .addArgument(new Argument("[modes...]", "how").choices(["fast", "deep"]).default(["fast"]))
    .option("-l, --limit <count>", "rows", Number, 10)
    .requiredOption("--owner <name>", "whose")
    .addOption(new Option("-o, --out [path]", "where to"))
    .addOption(new Option("--by <key...>", "order").choices(["size", "age"]).default(["size"], "size first"));
  const limit = { ...PLAIN, about: "rows (default: 10)", flag_only: false };
  const out = { ...PLAIN, about: "where to", value_type: "Path", flag_only: false };
  expect(describeFromCommander(program, { ...FACTS, minOspVersion: "1.2.0" })).toEqual({
    protocol_version: 1,
    plugin_id: "osp-tool",
    plugin_version: "1.0.0",
    min_osp_version: "1.2.0",
    commands: [
      {
        name: "disk",
        about: "Look at disks",
        args: [
          { ...PLAIN, name: "source-file", about: "what to read", required: true, value_type: "Path" },
          { ...PLAIN, name: "modes", about: "how (default: fast)", multi: true, suggestions: values("fast", "deep") },
        ],
        flags: {
          "--limit": limit,
          "-l": limit,
          "--owner": { ...PLAIN, about: "whose", required: true, flag_only: false },
          "--out": out,
          "-o": out,
          "--by": {
            ...PLAIN,
            about: "order (default: size first)",
            multi: true,
            suggestions: values("size", "age"),
            flag_only: false,
          },
        },
        subcommands: [],
      },
    ],
  });
});

test("both halves of an option that can be negated are there", () => {
  const { flags } = describe(new Command("tool").option("--color", "paint it").option("--no-color", "leave it plain"));
  expect(Object.entries(flags).map(([name, { about, flag_only }]) => [name, about, flag_only])).toEqual([
    ["--color", "paint it", true],
    ["--no-color", "leave it plain", true],
  ]);
});

test("help, version, hidden options, hidden commands and aliases are left out", () => {
  const program = new Command("tool").version("1.0.0", "-V, --vers").addOption(new Option("--trace").hideHelp());
  program.command("shown").alias("also").description("yes");
  program.command("secret", { hidden: true });
  const { flags, subcommands } = describe(program);
  expect(flags).toEqual({});
  expect(subcommands.map(({ name, about }) => [name, about])).toEqual([["shown", "yes"]]);
});

test("an option of the author's own that is called version is described", () => {
  const { flags } = describe(new Command("tool").option("--version <n>", "which one"));
  expect(Object.keys(flags)).toEqual(["--version"]);
});

test("commands nest, in the order of the program", () => {
  const program = new Command("tool");
  const outer = program.command("zeta");
  outer.command("deep <x>").option("-q", "only a letter");
  program.command("alpha");
  const { subcommands } = describe(program);
  expect(subcommands.map(({ name }) => name)).toEqual(["zeta", "alpha"]);
  expect(subcommands[0]?.subcommands[0]).toMatchObject({
    name: "deep",
    args: [{ name: "x", required: true }],
    flags: { "-q": { flag_only: true } },
  });
});

test("a program without a name is called like the plugin", () => {
  expect(describe(new Command()).name).toBe("tool");
});

test("a name that cannot be one, two that become one, and a blank id are refused", () => {
  expect(() => describe(new Command("tool").addCommand(new Command("++")))).toThrow("cannot become the name");
  const twice = new Command("tool").addCommand(new Command("list")).addCommand(new Command("List"));
  expect(() => describe(twice)).toThrow('two subcommands are called "list"');
  expect(() => describeFromCommander(new Command("tool"), { ...FACTS, pluginId: " " })).toThrow("must not be blank");
});

test("two options that say the same stay two", () => {
  const { flags } = describe(new Command("tool").option("--all").option("--dry-run"));
  expect(Object.entries(flags).map(([name, { about }]) => [name, about])).toEqual([
    ["--all", null],
    ["--dry-run", "dry run"],
  ]);
});
