// Which files of tests are taken, and what is said of those that are not.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { TEST_EXCHANGES_MAX, TEST_FILE_BYTES_MAX, TESTS_MAX } from "../protocol/limits.ts";
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
  ["no tests", { tests: [] }, "tests"],
  ["no JSON", "{", "it is no JSON"],
])("a file with %s is refused, with its place", (_what, content, place) => {
  const folder = folderWith(content);
  expect(() => readTestFiles(folder, "native")).toThrow(place);
  expect(() => readTestFiles(folder, "native")).toThrow(join(folder, "test/a.test.json"));
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
