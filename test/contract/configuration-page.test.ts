// The table of keys in docs/configuration.md says what the schema says.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keySpec, schemaKeys } from "../../src/config/schema.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");

const COLUMN = "((?:[^|\\\\]|\\\\.)*)";
const ROW = new RegExp(`^\\| \`([^\`]+)\` \\| ${COLUMN} \\| ${COLUMN} \\| ${COLUMN} \\|$`, "gm");

interface Row {
  readonly type: string;
  readonly default: string;
  readonly meaning: string;
}

/** The rows of the table whose first columns are a key and its type. */
function documentedKeys(): ReadonlyMap<string, Row> {
  const table = page.slice(page.indexOf("| key | type | default | meaning |"));
  const rows = [...table.matchAll(ROW)].map(([, key, type, value, meaning]): [string, Row] => [
    key!,
    { type: type!, default: value!, meaning: meaning! },
  ]);
  return new Map(rows);
}

const rows = documentedKeys();

test("the page lists the keys of the schema, in its order, and no others", () => {
  expect([...rows.keys()]).toEqual(schemaKeys());
});

test.each(schemaKeys())("the page has the type, the default and the words of %s", (key) => {
  const spec = keySpec(key)!;
  const row = rows.get(key)!;
  expect(row.type).toBe(spec.type);
  // A default that depends on the computer is told in words.
  if (typeof spec.default === "function") expect(row.default).not.toMatch(/^(–|`[^`]*`)?$/);
  else expect(row.default).toBe(spec.default === undefined ? "–" : `\`${JSON.stringify(spec.default)}\``);
  for (const word of spec.allowed ?? []) expect(row.meaning).toContain(`\`${word}\``);
  if (spec.max !== undefined) expect(row.meaning).toContain(`At most ${spec.max}.`);
});
