import { expect, test } from "vitest";
import yargs from "yargs";
import { describeFromYargs } from "../../sdk/typescript/describe-from-yargs.ts";
import { checked, onlyCommand, PLAIN, values } from "./describe-script.ts";

const FACTS = { pluginId: "osp-tool", pluginVersion: "1.0.0" };
const describe = async (program: object) =>
  onlyCommand(checked(JSON.stringify(await describeFromYargs(program, FACTS))));
const refuse = () => {
  throw new Error("nothing is run while a program is described");
};

test("options of every kind are described as they are", async () => {
  const program = yargs([])
    .scriptName("osp-disk")
    .option("limit", { alias: ["l", "max"], type: "number", default: 10, describe: "rows" })
    .option("owner", { demandOption: true, describe: "whose" })
    .option("all", { type: "boolean", describe: "all" })
    .option("deep", { default: false, describe: "deep" })
    .option("v", { type: "count", describe: "more" })
    .option("tag", { type: "array", describe: "tags", choices: ["a", "b"] })
    .option("span", { nargs: 2, describe: "from, to" })
    .option("out", { normalize: true, describe: "where to" })
    .option("level", { choices: ["low", "high"], default: "low", defaultDescription: "the lower" })
    .option("secret", { hidden: true })
    .config("settings");
  const limit = { ...PLAIN, about: "rows (default: 10)", flag_only: false };
  expect(await describeFromYargs(program, { ...FACTS, minOspVersion: "1.2.0" })).toEqual({
    protocol_version: 1,
    plugin_id: "osp-tool",
    plugin_version: "1.0.0",
    min_osp_version: "1.2.0",
    commands: [
      {
        name: "disk",
        about: "",
        args: [],
        flags: {
          "--limit": limit,
          "--max": limit,
          "-l": limit,
          "--owner": { ...PLAIN, about: "whose", required: true, flag_only: false },
          "--all": { ...PLAIN, about: "all", flag_only: true },
          "--deep": { ...PLAIN, about: "deep", flag_only: true },
          "-v": { ...PLAIN, about: "more", multi: true, flag_only: true },
          "--tag": { ...PLAIN, about: "tags", multi: true, suggestions: values("a", "b"), flag_only: false },
          "--span": { ...PLAIN, about: "from, to", multi: true, flag_only: false },
          "--out": { ...PLAIN, about: "where to", value_type: "Path", flag_only: false },
          "--level": {
            ...PLAIN,
            about: "(default: the lower)",
            suggestions: values("low", "high"),
            flag_only: false,
          },
          "--settings": { ...PLAIN, about: "Path to JSON config file", value_type: "Path", flag_only: false },
        },
        subcommands: [],
      },
    ],
  });
});

test("arguments come from the command's line and from what its builder says of them", async () => {
  const program = yargs([]).command(
    "copy <source|from> [target-dir] [modes..]",
    "Copy",
    (y) =>
      y
        .positional("source", { describe: "what", choices: ["a", "b"] })
        .positional("modes", { describe: "how", default: ["fast"] }),
    refuse,
  );
  const { subcommands } = await describe(program);
  expect(subcommands[0]).toEqual({
    name: "copy",
    about: "Copy",
    args: [
      { ...PLAIN, name: "source", about: "what", required: true, suggestions: values("a", "b") },
      { ...PLAIN, name: "target-dir", value_type: "Path" },
      { ...PLAIN, name: "modes", about: "how (default: fast)", multi: true },
    ],
    flags: {},
    subcommands: [],
  });
});

test("commands nest through builders of every kind, and one knows nothing of its neighbour", async () => {
  const program = yargs([])
    .option("shared", { type: "boolean", describe: "for all" })
    .command(
      "outer",
      "Outer",
      async (y) => y.option("one", { describe: "1" }).command("inner", "Inner", { two: { describe: "2" } }, refuse),
      refuse,
    )
    .command({ command: ["next", "alias"], describe: "Next", builder: { three: { describe: "3" } }, handler: refuse })
    .command("secret", false, {}, refuse);
  const { flags, subcommands } = await describe(program);
  expect(Object.keys(flags)).toEqual(["--shared"]);
  const tree = subcommands.map((one) => [one.name, Object.keys(one.flags), one.subcommands.map(({ name }) => name)]);
  expect(tree).toEqual([
    ["outer", ["--one"], ["inner"]],
    ["next", ["--three"], []],
  ]);
  expect(Object.keys(subcommands[0]?.subcommands[0]?.flags ?? {})).toEqual(["--two"]);
});

test("a flag that a command declares anew is described there too", async () => {
  const program = yargs([])
    .option("level", { describe: "of all" })
    .command("one", "One", { level: { describe: "of one", choices: ["low"] } }, refuse);
  const { subcommands } = await describe(program);
  expect(subcommands[0]?.flags["--level"]?.suggestions).toEqual(values("low"));
});

test("what runs without a command has its arguments and flags at the top", async () => {
  const program = yargs([]).command("$0 <folder>", "Look at a folder", { deep: { type: "boolean" } }, refuse);
  expect(await describe(program)).toMatchObject({
    about: "Look at a folder",
    args: [{ name: "folder", required: true, value_type: "Path" }],
    flags: { "--deep": { flag_only: true } },
    subcommands: [],
  });
});

test("the instance can be used afterwards as if nothing had been asked", async () => {
  const ran: unknown[] = [];
  const program = yargs(["go", "x", "--far"])
    .middleware(() => void ran.push("middleware"))
    .command(
      "go <where>",
      "Go",
      (y) => y.option("far", { type: "boolean" }),
      ({ where, far }) => void ran.push([where, far]),
    );
  await describe(program);
  expect(ran).toEqual([]);
  await program.parseAsync();
  expect(ran).toEqual(["middleware", ["x", true]]);
});

test("a line of syntax is not taken for what the program is about", async () => {
  expect((await describe(yargs([]).usage("Look at disks"))).about).toBe("Look at disks");
  expect((await describe(yargs([]).usage("$0 <command>"))).about).toBe("");
  expect((await describe(yargs([]).usage("Usage: disk <command>"))).about).toBe("");
});

test("what is no yargs, and a yargs without the methods that are needed, are refused", async () => {
  await expect(describeFromYargs({}, FACTS)).rejects.toThrow("no instance of yargs");
  const program = yargs([]).command("one", "One", {}, refuse);
  const other = new Proxy(program, {
    getPrototypeOf: () => ({}),
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  await expect(describeFromYargs(other, FACTS)).rejects.toThrow("this version of yargs cannot be described");
});

test("a builder that fails leaves the instance as it was", async () => {
  const program = yargs(["fine"])
    .command("fine", "Fine", {}, () => {})
    .command(
      "bad",
      "Bad",
      () => {
        throw new Error("from the builder");
      },
      refuse,
    );
  await expect(describeFromYargs(program, FACTS)).rejects.toThrow("from the builder");
  expect((await program.parseAsync())._).toEqual(["fine"]);
});
