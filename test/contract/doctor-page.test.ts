// docs/doctor.md has every code of every doctor, and no other.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PROCESS_FINDINGS } from "../../src/commands/plugins-doctor.ts";
import { INSTALLATION_CODES } from "../../src/host/installation-finding.ts";
import { FINDING_LABELS } from "../../src/plugins/native/doctor-finding.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/doctor.md"), "utf8");

/** The first cells of the table behind a heading, without the quotes. */
function codesUnder(heading: string): string[] {
  const section = page.split(`\n## ${heading}`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code!);
}

test.each([
  ["Native plugins", Object.keys(FINDING_LABELS)],
  ["Process plugins", Object.keys(PROCESS_FINDINGS)],
  ["This installation", [...INSTALLATION_CODES]],
])("the page has the codes of %s", (heading, codes) => {
  expect(codesUnder(heading)).toEqual([...new Set(codesUnder(heading))]);
  expect(codesUnder(heading).sort()).toEqual([...codes].sort());
});

test("every row says what to do, except for what is no problem", () => {
  const rows = page.split("\n").filter((line) => /^\| `[a-z_]+` \|/.test(line));
  const idle = rows.filter((row) => /\|\s*\|$/.test(row));
  expect(idle.map((row) => row.split("`")[1])).toEqual(["summary"]);
});
