import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { findNearMisses } from "./near-misses.ts";

test("each file that looks like a plugin and is none has its reason; plugins and other files have none", () => {
  const dir = tempDir();
  const write = (name: string, mode: number) => {
    writeFileSync(join(dir, name), "");
    chmodSync(join(dir, name), mode);
  };
  write("osp-good", 0o755);
  write("other", 0o755);
  write("osp-", 0o755);
  write("osp-plain", 0o644);
  write("osp-Upper", 0o755);
  write("osp-shell.sh", 0o755);
  mkdirSync(join(dir, "osp-folder"));
  symlinkSync("nowhere", join(dir, "osp-link"));
  symlinkSync("osp-loop", join(dir, "osp-loop"));
  const found = findNearMisses([{ dir, source: "explicit" }]);
  expect(Object.fromEntries(found.map(({ path, reason }) => [basename(path), reason]))).toEqual({
    "osp-": expect.stringContaining("ends behind"),
    "osp-Upper": expect.stringContaining("a-z"),
    "osp-folder": "it is no file",
    "osp-link": "the link leads nowhere",
    "osp-loop": "it cannot be looked at: ELOOP",
    "osp-plain": expect.stringContaining("chmod +x"),
    "osp-shell.sh": expect.stringContaining("no extension"),
  });
  expect(findNearMisses([{ dir, source: "path" }])).toEqual([]);
  expect(findNearMisses([{ dir: join(dir, "missing"), source: "user" }])).toEqual([]);
});
