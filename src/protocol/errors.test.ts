import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ERRORS, EXIT, HostError, toHostError } from "./errors.ts";

test("docs/errors.md lists exactly the codes of the table, with their exit codes and HTTP statuses", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
  const listed = [...page.matchAll(/^\| `([a-z_]+)` \| (\d+) \| (\d+) \|/gm)].map(([, code, exit, http]) => [
    code,
    { exit: Number(exit), http: Number(http) },
  ]);
  const table = Object.entries(ERRORS).map(([code, { exit, http }]) => [code, { exit, http }]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(table));
  expect(listed).toHaveLength(table.length);
});

test("docs/errors.md lists every exit code", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
  for (const code of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${code} \\| `, "m"));
});

test("an unforeseen error becomes one of ours, and one of ours stays what it is", () => {
  const known = new HostError("tool_unknown", "no such tool");
  expect(toHostError(known)).toBe(known);
  const cause = new TypeError("x is undefined");
  expect(toHostError(cause)).toMatchObject({ code: "internal", exitCode: EXIT.internal, cause });
  expect(toHostError("text").message).toContain("text");
});

test("the body of an error has only what there is", () => {
  expect(new HostError("internal", "m").toBody()).toEqual({ error: { code: "internal", message: "m" } });
  expect(new HostError("internal", "m", { hint: "h", details: { a: 1 } }).toBody()).toEqual({
    error: { code: "internal", message: "m", hint: "h", details: { a: 1 } },
  });
});
