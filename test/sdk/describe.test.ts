import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addOption,
  commandName,
  type DescribedFlag,
  defaultText,
  describeDocument,
  helpLine,
  namesPath,
  programName,
  suggestionsOf,
} from "../../sdk/typescript/describe.ts";
import { DescribeV1 } from "../../src/protocol/process-plugin.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { PLAIN, values } from "./describe-script.ts";

test("the description is printed when it is asked for, and only then", () => {
  const dir = tempDir();
  const helper = join(import.meta.dirname, "../../sdk/typescript/describe.ts");
  writeFileSync(
    join(dir, "plugin.mjs"),
    `import { answerDescribe } from ${JSON.stringify(helper)};
    const big = "x".repeat(300_000);
    if (await answerDescribe(async () => ({ about: big }))) process.exit(0);
    console.log("not asked");`,
  );
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(dir, "plugin.mjs"), ...args], { encoding: "utf8" }).stdout;
  expect(JSON.parse(run("--describe")).about).toHaveLength(300_000);
  expect(run("list", "--describe")).toBe("not asked\n");
  expect(run("--describe", "list")).toBe("not asked\n");
  expect(run()).toBe("not asked\n");
});

test("a program is called by its first word, without folder, ending and osp-", () => {
  const names = ["osp-disk", "/usr/bin/osp-disk.js x", "disk.mts", "", undefined, "osp-"];
  expect(names.map((name) => programName(name, "osp-id"))).toEqual(["disk", "disk", "disk", "id", "id", "osp"]);
});

test("a default is told when it is text, a number, or a list of these", () => {
  const told = ["x", 0, ["a", 2], "", [], null, undefined, true, {}, [{}], 1n, () => 1];
  expect(told.map((value) => defaultText(value, undefined))).toEqual(["x", "0", "a, 2", ...Array(9).fill(undefined)]);
  expect(defaultText({}, "in words")).toBe("in words");
  expect(helpLine(" many\n  words ", "x")).toBe("many words (default: x)");
});

test("suggestions are told once each, without blank ones, and not when there are too many", () => {
  expect(suggestionsOf(["a", 1, "a", " ", 1n])).toEqual(values("a", "1"));
  expect(suggestionsOf(Array.from({ length: 1000 }, (_, index) => index))).toHaveLength(1000);
  expect(suggestionsOf(Array.from({ length: 1001 }, (_, index) => index))).toEqual([]);
});

test("a placeholder stands for a path when its last word says so", () => {
  const paths = ["file", "output-dir", "sourcePath", "FOLDER", "log_file", "files"];
  const others = ["profile", "name", "filesystem", "", "dirty", "path-count"];
  expect(paths.filter(namesPath)).toEqual(paths);
  expect(others.filter(namesPath)).toEqual([]);
});

test("whatever the names, texts and spellings are, the host takes the description or the helper refuses it", () => {
  const option = fc.record({
    about: fc.option(fc.string({ unit: "binary" })),
    required: fc.boolean(),
    multi: fc.boolean(),
    value_type: fc.constantFrom("Path" as const, null),
    suggestions: fc.array(fc.oneof(fc.string(), fc.integer())).map(suggestionsOf),
    flag_only: fc.boolean(),
  });
  const spelling = fc.oneof(fc.string(), fc.stringMatching(/^--?\S{0,5}$/), fc.constant("--__proto__"));
  const options = fc.array(fc.tuple(fc.array(spelling, { maxLength: 4 }), option), { maxLength: 8 });
  const name = fc.oneof(fc.string(), fc.stringMatching(/^osp-.{0,5}$/));
  fc.assert(
    fc.property(name, options, fc.string(), (program, described, id) => {
      const flags = new Map<string, DescribedFlag>();
      for (const [spellings, one] of described) addOption(flags, spellings, one);
      let document: unknown;
      try {
        const command = { name: programName(program, id), about: "", args: [{ ...PLAIN, name: "x" }] };
        const facts = { pluginId: id, pluginVersion: "1.0.0" };
        document = describeDocument(facts, { ...command, flags: Object.fromEntries(flags), subcommands: [] });
      } catch (error) {
        expect(String(error)).toMatch(/cannot become the name|must not be blank/);
        return;
      }
      DescribeV1.parse(JSON.parse(JSON.stringify(document)));
    }),
  );
});

test("a name is cleaned, and one of which nothing is left is refused", () => {
  expect(["List", " a b ", "x--", "é1_é"].map(commandName)).toEqual(["list", "a-b", "x", "1_"]);
  expect(() => commandName("é")).toThrow('"é" cannot become the name of a command');
});
