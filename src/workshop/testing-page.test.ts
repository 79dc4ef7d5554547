// docs/testing.md has what there is.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { readExchanges } from "../testkit/exchange-file.ts";
import { TEST_CODES } from "./project-test-report.ts";
import { readTestFiles, TEST_MEMBERS } from "./test-files.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/testing.md"), "utf8");

/** What stands in the first column of the table that is behind a heading's text, up to the next empty line. */
function firstColumn(before: string): string[] {
  const [table = ""] = page.slice(page.indexOf("| --- |", page.indexOf(before))).split("\n\n");
  const cells = table
    .split("\n")
    .slice(1)
    .map((line) => line.split("|")[1] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1]!));
}

test("the files that are shown can be used", () => {
  const [tests, exchanges] = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map((match) => match[1]!);
  const folder = tempDir();
  mkdirSync(join(folder, "test"));
  writeFileSync(join(folder, "test/shown.test.json"), tests!);
  writeFileSync(join(folder, "recorded.json"), exchanges!);
  expect(readTestFiles(folder, "native").json[0]!.tests).toHaveLength(2);
  expect(readExchanges(join(folder, "recorded.json"))).toHaveLength(1);
});

test("every code of a row is there, in order", () => {
  expect(firstColumn("| code | what is looked at")).toEqual([...TEST_CODES]);
});

test("every member of a file and of a test is there, and no other", () => {
  expect(firstColumn("Of the file, all but").sort()).toEqual(TEST_MEMBERS.file.toSorted());
  expect(firstColumn("Of a test, with `name`").sort()).toEqual(TEST_MEMBERS.test.toSorted());
});
