import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { isLocalSpec, openLocalPackage } from "./local-package.ts";

test("paths, archives and folders with an identity are local; ids are not, whatever folder has their name", () => {
  const cwd = tempDir();
  for (const name of ["a.b", "package", "sub/folder"]) mkdirSync(join(cwd, name), { recursive: true });
  writeFileSync(join(cwd, "package/osaurus-plugin.json"), "{}");
  writeFileSync(join(cwd, "x.zip"), "");
  for (const spec of [".", "..", "/x", "./a.b", "../x", "x.zip", "gone.zip", "package", "sub/folder"])
    expect(isLocalSpec(spec, cwd), spec).toBe(true);
  for (const spec of ["a.b", "a.b@1.0.0", "gone", "dev.example.zipper", "...", ".hidden"])
    expect(isLocalSpec(spec, cwd), spec).toBe(false);
});

const open = (cwd: string, spec: string) =>
  openLocalPackage({ paths: { cache: join(cwd, "cache") }, cwd, keyOf: async () => "RWkey" }, spec);

test("what is there becomes a source; what is not, or is no package, is an error", async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "a.b-1.0.0.zip"), "");
  writeFileSync(join(cwd, "x.so"), "");
  const zip = join(cwd, "a.b-1.0.0.zip");
  expect(await open(cwd, "a.b-1.0.0.zip")).toEqual({ kind: "archive", path: zip, label: zip, fromRegistry: false });
  expect(await open(cwd, ".")).toEqual({ kind: "folder", path: cwd, label: cwd, fromRegistry: false });
  await expect(open(cwd, "./gone")).rejects.toMatchObject({ code: "package_unknown" });
  await expect(open(cwd, "./x.so")).rejects.toMatchObject({ code: "package_invalid" });
  await expect(open(cwd, "/dev/null")).rejects.toMatchObject({ code: "package_invalid" });
});

test("a signature that is none is an error and not an unsigned package", async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "a.b-1.0.0.zip"), "");
  for (const text of ["", "not a signature", "x".repeat(100_000)]) {
    writeFileSync(join(cwd, "a.b-1.0.0.zip.minisig"), text);
    await expect(open(cwd, "a.b-1.0.0.zip"), text.slice(0, 10)).rejects.toMatchObject({ code: "signature_invalid" });
  }
});
