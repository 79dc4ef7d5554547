import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { COMPLETION_PATHS_MAX } from "../../protocol/limits.ts";
import { pathOffers } from "./path-offers.ts";

function folder(): string {
  const dir = tempDir();
  for (const name of ["sub one", "sub one/in", ".hid"]) mkdirSync(join(dir, name));
  for (const name of ["a.txt", ".dot", "-rf", "~x", "sub one/file"]) writeFileSync(join(dir, name), "");
  symlinkSync("sub one", join(dir, "link"));
  symlinkSync("nowhere", join(dir, "dangling"));
  return dir;
}

function offered(typed: string, cwd: string, expandsHome = false): string[] {
  return pathOffers(typed, { cwd, env: { HOME: cwd }, expandsHome })
    .map(({ value, isOpen }) => `${value}${isOpen ? "…" : ""}`)
    .sort();
}

test("folders, and links to folders, end in a slash and go on", () => {
  const dir = folder();
  expect(offered("", dir)).toEqual(["./-rf", "./~x", "a.txt", "dangling", "link/…", "sub one/…"]);
  expect(offered("sub one/f", dir)).toEqual(["sub one/file", "sub one/in/…"]);
  expect(offered(`${dir}/link/`, "/")).toEqual([`${dir}/link/file`, `${dir}/link/in/…`]);
});

test("hidden files are offered once a dot is typed", () => {
  const dir = folder();
  expect(offered(".", dir)).toContain(".hid/…");
  expect(offered("./", dir)).not.toContain("./.hid/…");
});

test("a tilde is the home folder: as it was typed, or spelled out where nobody else would do that", () => {
  const dir = folder();
  expect(offered("~/sub one/", dir)).toEqual(["~/sub one/file", "~/sub one/in/…"]);
  expect(offered("~/sub one/", dir, true)).toEqual([`${dir}/sub one/file`, `${dir}/sub one/in/…`]);
  expect(offered("~/a", dir, true)).toContain(`${dir}/a.txt`);
});

test("what is no folder, or may not be read, has nothing in it", () => {
  const dir = folder();
  mkdirSync(join(dir, "closed"));
  chmodSync(join(dir, "closed"), 0);
  expect([offered("a.txt/", dir), offered("nowhere/", dir), offered("\0/", dir)]).toEqual([[], [], []]);
  chmodSync(join(dir, "closed"), 0o700);
});

test("of a very full folder a part is offered", () => {
  const dir = tempDir();
  for (let index = 0; index < COMPLETION_PATHS_MAX; index++) symlinkSync("x", join(dir, String(index)));
  expect(offered("", dir)).toHaveLength(COMPLETION_PATHS_MAX);
  symlinkSync("x", join(dir, "more"));
  expect(offered("", dir)).toHaveLength(COMPLETION_PATHS_MAX);
  expect(offered("mo", dir)).toContain("more");
});
