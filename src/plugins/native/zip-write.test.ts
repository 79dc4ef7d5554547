import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { unpackZip } from "./zip-read.ts";
import { writeZip } from "./zip-write.ts";

const zone = process.env["TZ"];
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

test("an archive has the same bytes whatever the order, the time zone and the age of its files", async () => {
  const folder = tempDir();
  const from = join(folder, "file");
  const archives: Buffer[] = [];
  for (const name of ["UTC", "Asia/Tokyo", "America/St_Johns"]) {
    process.env["TZ"] = name;
    writeFileSync(from, "content");
    const inputs = [
      { name: "b", from },
      { name: "a", from: Buffer.from("x") },
    ];
    const path = join(folder, "x.zip");
    await writeZip(path, name === "UTC" ? inputs : inputs.toReversed());
    archives.push(readFileSync(path));
  }
  expect(archives[1]!.equals(archives[0]!)).toBe(true);
  expect(archives[2]!.equals(archives[0]!)).toBe(true);
  const unpacked = tempDir();
  await unpackZip(join(folder, "x.zip"), unpacked);
  expect(readdirSync(unpacked)).toEqual(["a", "b"]);
});

test("a file that cannot be read leaves the archive that was there, and nothing else", async () => {
  const folder = tempDir();
  const path = join(folder, "x.zip");
  writeFileSync(path, "old");
  const inputs = [
    { name: "a", from: Buffer.alloc(1000) },
    { name: "b", from: join(folder, "gone") },
  ];
  await expect(writeZip(path, inputs)).rejects.toMatchObject({ code: "ENOENT" });
  expect(readdirSync(folder)).toEqual(["x.zip"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});
