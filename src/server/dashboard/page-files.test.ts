import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { PageFiles } from "./page-files.ts";

test("a dashboard that is not built is looked for again, and one that is stays as it was read", () => {
  const folder = join(tempDir(), "dist");
  const files = new PageFiles(folder);
  expect(files.areThere).toBe(false);
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "page");
  writeFileSync(join(folder, "assets/a.js"), "script");
  writeFileSync(join(folder, "assets/a.js.br"), "packed");
  symlinkSync("/etc/hostname", join(folder, "link"));
  expect(files.areThere).toBe(true);
  expect(files.get("assets/a.js")).toMatchObject({
    type: "application/javascript; charset=utf-8",
    plain: Buffer.from("script"),
    br: Buffer.from("packed"),
    gzip: undefined,
  });
  // What is packed has no name of its own, and nothing outside has one.
  for (const name of ["assets/a.js.br", "link", "../dist/index.html", "assets", "__proto__", ""]) {
    expect([name, files.get(name)]).toEqual([name, undefined]);
  }
  writeFileSync(join(folder, "index.html"), "another");
  expect(files.get("index.html")?.plain.toString()).toBe("page");
});
