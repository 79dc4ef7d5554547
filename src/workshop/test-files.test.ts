// Which files of tests are taken, and what is said of those that are not.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { JSON_DEPTH_MAX, TEST_EXCHANGES_MAX, TEST_FILE_BYTES_MAX, TESTS_MAX } from "../protocol/limits.ts";
import { readTestFiles } from "./test-files.ts";

const HELLO = { name: "greets", tool: "hello" };

function folderWith(content: unknown, name = "a.test.json"): string {
  const folder = tempDir();
  mkdirSync(join(folder, "test"));
  writeFileSync(join(folder, "test", name), typeof content === "string" ? content : JSON.stringify(content));
  return folder;
}

test("files are read in the order of their names; a project without tests has none", () => {
  const folder = folderWith({ tests: [HELLO] }, "b.test.json");
  for (const name of ["a.test.json", "c.test.mjs", "d.test.ts", "e.test.py", "helper.js"]) {
    writeFileSync(join(folder, "test", name), '{"tests":[{"name":"a","tool":"b"}]}');
  }
  const { json, node } = readTestFiles(folder, "native");
  expect(json.map(({ name }) => name)).toEqual(["test/a.test.json", "test/b.test.json"]);
  expect(node).toEqual([join(folder, "test/c.test.mjs"), join(folder, "test/d.test.ts")]);
  expect(readTestFiles(tempDir(), "native")).toEqual({ json: [], node: [] });
});

test.each([
  ["a member that is not known", { tests: [{ ...HELLO, expects: {} }] }, "tests[0]"],
  ["two things to do", { tests: [{ ...HELLO, route: { path: "/a" } }] }, "tests[0]"],
  ["nothing to do", { tests: [{ name: "a" }] }, "tests[0]"],
  ["a command, which native plugins do not have", { tests: [HELLO, { name: "a", command: "hello" }] }, "tests[1]"],
  ["a matcher that is not known", { tests: [{ ...HELLO, expect: { $like: "a" } }] }, 'there is no "$like"'],
  ["a matcher with company", { tests: [{ ...HELLO, expect: { $any: true, a: 1 } }] }, "stands alone"],
  ["a pattern that is none", { tests: [{ ...HELLO, expect: { $matches: "(" } }] }, "$matches"],
  ["a path without a slash", { tests: [{ name: "a", route: { path: "a" } }] }, "tests[0].route.path"],
  [
    "an answer without a status",
    { tests: [HELLO], http: [{ request: { method: "GET", url: "a" }, response: {} }] },
    "http[0].response.status",
  ],
  ["a path with a space", { tests: [{ name: "a", route: { path: "/a b" } }] }, "tests[0].route.path"],
  ["a path with a control character", { tests: [{ name: "a", route: { path: "/a\u0000" } }] }, "tests[0].route.path"],
  ["a path in letters that need %", { tests: [{ name: "a", route: { path: "/\u0100" } }] }, "tests[0].route.path"],
  ["a method that is none", { tests: [{ name: "a", route: { path: "/", method: "G T" } }] }, "tests[0].route.method"],
  ["a tunnel", { tests: [{ name: "a", route: { path: "/", method: "connect" } }] }, "tests[0].route.method"],
  ["a header that is none", { tests: [{ name: "a", route: { path: "/", headers: { "a b": "" } } }] }, "route.headers"],
  ["a header of two lines", { tests: [{ name: "a", route: { path: "/", headers: { a: "b\nc" } } }] }, "route.headers"],
  ["nesting without end", `{"tests":[],"model":${"[".repeat(600)}${"]".repeat(600)}}`, "nested deeper than"],
  ["no tests", { tests: [] }, "tests"],
  ["no JSON", "{", "it is no JSON"],
])("a file with %s is refused, with its place", (_what, content, place) => {
  const folder = folderWith(content);
  expect(() => readTestFiles(folder, "native")).toThrow(place);
  expect(() => readTestFiles(folder, "native")).toThrow(join(folder, "test/a.test.json"));
});

test.each([
  ["argv", { argv: ["a\0b"] }],
  ["env", { env: { A: "\0" } }],
  ["env", { env: { "A=B": "c" } }],
])("what no process can be started with is refused: %s", (member, more) => {
  const folder = folderWith({ tests: [{ name: "a", command: "b", ...more }] });
  expect(() => readTestFiles(folder, "process")).toThrow(`tests[0].${member}`);
});

test("a file may be nested as deep as the limit says, and no deeper", () => {
  // Around it are the file, its tests, the test and the arguments.
  const nested = (levels: number) => `${"[".repeat(levels - 4)}${"]".repeat(levels - 4)}`;
  const file = (levels: number) => `{"tests":[{"name":"a","tool":"b","args":{"a":${nested(levels)}}}]}`;
  expect(readTestFiles(folderWith(file(JSON_DEPTH_MAX)), "native").json).toHaveLength(1);
  expect(() => readTestFiles(folderWith(file(JSON_DEPTH_MAX + 1)), "native")).toThrow("nested deeper");
});

test("links are followed as long as they stay in the project; nothing that is named like tests is passed over", () => {
  const folder = folderWith({ tests: [HELLO] }, "kept.json");
  for (const name of ["a.test.json", "b.test.js"]) {
    const path = join(folder, "test", name);
    symlinkSync("kept.json", path);
    const { json, node } = readTestFiles(folder, "native");
    expect([...json.map((file) => join(folder, file.name)), ...node]).toEqual([path]);
    const refused = (place: () => void, why: string) => {
      rmSync(path, { recursive: true });
      place();
      const says = { code: "test_invalid", message: expect.stringContaining(why) };
      expect(() => readTestFiles(folder, "native")).toThrow(expect.objectContaining(says));
    };
    refused(() => symlinkSync(join(folderWith({ tests: [HELLO] }), "test/a.test.json"), path), "out of the project");
    refused(() => symlinkSync("nowhere", path), "link to nothing");
    refused(() => symlinkSync(path, path), "link to nothing");
    refused(() => symlinkSync(".", path), "no regular file");
    refused(() => execFileSync("mkfifo", [path]), "no regular file");
    rmSync(path);
    mkdirSync(path);
    expect(readTestFiles(folder, "native")).toEqual({ json: [], node: [] });
    rmSync(path, { recursive: true });
  }
});

test("tests of tools are no tests of process plugins", () => {
  expect(() => readTestFiles(folderWith({ tests: [HELLO] }), "process")).toThrow('by "command"');
});

test("a file is as large, and has as many tests and exchanges, as the limits say, and no more", () => {
  const padded = (bytes: number) => `{"tests":[{"name":"a","tool":"b"}]}`.padEnd(bytes, " ");
  expect(readTestFiles(folderWith(padded(TEST_FILE_BYTES_MAX)), "native").json).toHaveLength(1);
  expect(() => readTestFiles(folderWith(padded(TEST_FILE_BYTES_MAX + 1)), "native")).toThrow("a.test.json");
  const tests = (count: number) => ({ tests: Array.from({ length: count }, () => HELLO) });
  expect(readTestFiles(folderWith(tests(TESTS_MAX)), "native").json[0]!.tests).toHaveLength(TESTS_MAX);
  expect(() => readTestFiles(folderWith(tests(TESTS_MAX + 1)), "native")).toThrow("tests");
  const one = { request: { method: "GET", url: "https://a.example/" }, response: { status: 200 } };
  const http = (count: number) => ({ tests: [HELLO], http: Array.from({ length: count }, () => one) });
  expect(readTestFiles(folderWith(http(TEST_EXCHANGES_MAX)), "native").json[0]!.http).toHaveLength(TEST_EXCHANGES_MAX);
  expect(() => readTestFiles(folderWith(http(TEST_EXCHANGES_MAX + 1)), "native")).toThrow("http");
});
