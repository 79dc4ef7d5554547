import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ENTRY, oddLibrary } from "../../../test/helpers/odd-library.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { LIBRARY_LOOKS_MAX, LIBRARY_NEEDS_MAX, LIBRARY_VERSIONS_READ_MAX } from "../../protocol/limits.ts";
import { examineNeeds } from "./examine-needs.ts";
import { findNeeded } from "./find-needed.ts";
import type { LibraryFacts } from "./library-facts.ts";

const PLAIN: LibraryFacts = {
  format: "elf",
  isProgram: false,
  needs: [],
  searchPaths: [],
  entries: [],
  needsVersions: [],
  sanitizerSymbol: undefined,
  hasDebugInfo: false,
  hasSymbolTable: false,
  hasExecutableStack: false,
  hasTextRelocations: false,
};

function examine(facts: Partial<LibraryFacts>, opens?: boolean) {
  const findings = examineNeeds("/nowhere/plugin.so", { ...PLAIN, ...facts }, { env: {}, opens });
  return Object.fromEntries(findings.map(({ code, status, detail }) => [code, { status, detail }]));
}

test.runIf(process.platform === "linux")("what is not found is missing, unless the system's loader found it", () => {
  const needs = ["libosprey-nowhere.so.1", "libc.musl-osprey.so.1"];
  for (const [opens, status] of [
    [false, "fail"],
    [undefined, "warn"],
  ] as const) {
    expect(examine({ needs }, opens)).toMatchObject({ dependencies: { status }, libc_version: { status } });
  }
  expect(examine({ needs }, true)).toEqual({ dependencies: { status: "ok", detail: needs.join(", ") } });
});

test("of the versions of glibc that it needs, the newest one is said", () => {
  const of = (version: string) => ({ library: "libc.so.6", version, symbols: [] });
  const needsVersions = [of("GLIBC_2.4"), of("GLIBC_2.34"), of("GLIBC_2.17"), of("GLIBC_PRIVATE"), of("GCC_9.0")];
  expect(examine({ needsVersions }, true)).toMatchObject({
    libc_version: { status: "ok", detail: "glibc 2.34 or newer" },
  });
  expect(examine({ needsVersions: [of("GCC_9.0")] }, true)).toMatchObject({ libc_version: { detail: "all are here" } });
});

test("names are looked for in as many places as the limit, and in not one more", () => {
  const library = "/nowhere/plugin.so";
  const paths = Array.from({ length: LIBRARY_LOOKS_MAX }, (_, index) => `/nowhere/${index}`);
  const last = tempDir();
  writeFileSync(join(last, "libx.so"), "");
  const found = (searchPaths: readonly string[]) => findNeeded(["libx.so", "/gone"], { library, searchPaths, env: {} });
  const atLimit = [...paths.slice(1), last];
  expect([...found(atLimit)]).toEqual([["libx.so", { path: join(last, "libx.so"), isBeside: false }]]);
  expect([...found([...paths, last])]).toEqual([]);
  expect([...found([last])]).toHaveLength(2);
});

test.runIf(process.platform === "linux")("what was not looked for to the end is not called missing", () => {
  const needs = Array.from({ length: 256 }, (_, index) => `libosprey-${index}.so`);
  const searchPaths = Array.from({ length: 64 }, (_, index) => `/lib/osprey-nowhere/${index}`);
  expect(examine({ needs: needs.slice(0, 1), searchPaths }, true)).toMatchObject({ dependencies: { status: "ok" } });
  expect(examine({ needs, searchPaths }, true)).toMatchObject({
    dependencies: { status: "warn", detail: expect.stringContaining("not all of them were looked for") },
  });
  expect(examine({ needs, searchPaths }, false)).toMatchObject({
    dependencies: { status: "fail", detail: expect.stringMatching(/^not on this system: .{1,500} more$/) },
  });
});

test.runIf(process.platform === "linux")("as many needed libraries as the limit are read for their versions", () => {
  const folder = join(tempDir(), "libs");
  mkdirSync(folder);
  const flags = ["-shared", "-fPIC", "-Wl,--default-symver"];
  const versioned = oddLibrary({ source: ENTRY, flags, name: "libversioned.so" });
  const needs = Array.from({ length: LIBRARY_VERSIONS_READ_MAX + 1 }, (_, index) => `lib${index}.so`);
  for (const name of needs) symlinkSync(versioned, join(folder, name));
  const tooNew = (names: readonly string[]) => {
    const needsVersions = names.map((library) => ({ library, version: "NOT_HERE_1", symbols: [] }));
    return examine({ needs: names, needsVersions, searchPaths: [folder] }, false)["libc_version"]?.detail;
  };
  const shown = 20;
  expect(tooNew(needs.slice(1))).toContain(`and ${LIBRARY_VERSIONS_READ_MAX - shown} more`);
  expect(tooNew(needs)).toContain(`and ${LIBRARY_VERSIONS_READ_MAX - shown} more`);
});

test.runIf(process.platform === "linux")("it is said when there are more needed libraries than are looked for", () => {
  const folder = tempDir();
  const named = (count: number) => Array.from({ length: count }, (_, index) => `libn${index}.so`);
  for (const name of named(LIBRARY_NEEDS_MAX + 1)) writeFileSync(join(folder, name), "");
  const detailOf = (count: number) => examine({ needs: named(count), searchPaths: [folder] })["dependencies"]?.detail;
  expect(detailOf(LIBRARY_NEEDS_MAX)).not.toContain("not all of them");
  expect(detailOf(LIBRARY_NEEDS_MAX + 1)).toContain("not all of them were looked for");
});
