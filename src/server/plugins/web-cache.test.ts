import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { WEB_FILE_SETTLED_MS } from "../../protocol/limits.ts";
import { type KeptFile, WebCache } from "./web-cache.ts";
import { fileState } from "./web-validators.ts";

const BYTES = Buffer.from("kept");

/** A folder with files in it that are kept as if they had been written long ago. */
function keeping(bytesMax?: number) {
  const top = tempDir();
  const cache = new WebCache(bytesMax);
  const place = (name: string) => join(top, name);
  const write = (name: string, bytes: Buffer = BYTES): KeptFile => {
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), bytes);
    utimesSync(place(name), 1_000_000_000, 1_000_000_000);
    return { path: place(name), state: fileState(lstatSync(place(name), { bigint: true })), bytes };
  };
  const later = Date.now() + 60_000;
  const keep = (name: string, bytes?: Buffer) => cache.keep(name, write(name, bytes), top, later);
  return { top, cache, place, write, keep };
}

test("a file is kept for as long as nothing happens to it", () => {
  const { cache, keep } = keeping();
  keep("a/b/c.js");
  expect(cache.find("a/b/c.js")?.bytes).toBe(BYTES);
  expect(cache.find("a/b/c.js")?.bytes).toBe(BYTES);
  expect(cache.find("c.js")).toBeUndefined();
});

test.each<[string, (folder: (name: string) => string) => void]>([
  [
    "is written to, with as many bytes and its old time",
    (at) => {
      writeFileSync(at("a/c.js"), "tpek");
      utimesSync(at("a/c.js"), 1_000_000_000, 1_000_000_000);
    },
  ],
  ["is deleted", (at) => rmSync(at("a/c.js"))],
  [
    "is replaced by another",
    (at) => {
      writeFileSync(at("new"), "kept");
      renameSync(at("new"), at("a/c.js"));
    },
  ],
  [
    "is replaced by a link to itself, moved away",
    (at) => {
      renameSync(at("a/c.js"), at("moved"));
      symlinkSync("../moved", at("a/c.js"));
    },
  ],
  [
    "lies behind a link, its folder moved away",
    (at) => {
      renameSync(at("a"), at("moved"));
      symlinkSync("moved", at("a"));
    },
  ],
  [
    "has a file in the place of its folder",
    (at) => {
      rmSync(at("a"), { recursive: true });
      writeFileSync(at("a"), "kept");
    },
  ],
])("a file is forgotten when it %s", (_, change) => {
  const { cache, keep, place } = keeping();
  keep("a/c.js");
  change(place);
  expect(cache.find("a/c.js")).toBeUndefined();
  expect(cache.bytes).toBe(0);
});

test("a file is not kept until it has been as it is for as long as the slowest clock ticks", () => {
  const { cache, write, top } = keeping();
  const file = write("a.js");
  const changedMs = Number(file.state.ctimeNs / 1_000_000n);
  cache.keep("a.js", file, top, changedMs + WEB_FILE_SETTLED_MS - 1);
  expect(cache.find("a.js")).toBeUndefined();
  cache.keep("a.js", file, top, changedMs + WEB_FILE_SETTLED_MS);
  expect(cache.find("a.js")?.bytes).toBe(BYTES);
});

test("a file that changed since it was read is not kept", () => {
  const { cache, write, top, place } = keeping();
  const file = write("a.js");
  writeFileSync(place("a.js"), "kept");
  cache.keep("a.js", file, top, Date.now() + 60_000);
  expect(cache.bytes).toBe(0);
});

test("what was not asked for longest makes room, and no more is kept than there is room for", () => {
  const { cache, keep } = keeping(100_000);
  const bytes = Buffer.alloc(30_000);
  for (const name of ["1", "2", "3"]) keep(name, bytes);
  expect(cache.find("1")).toBeDefined();
  keep("4", bytes);
  expect(["1", "2", "3", "4"].filter((name) => cache.find(name) !== undefined)).toEqual(["1", "3", "4"]);
  expect(cache.bytes).toBeLessThanOrEqual(100_000);
  keep("5", Buffer.alloc(100_000));
  expect(cache.find("5")).toBeUndefined();
  // What there is no room for at all makes none.
  expect(["1", "3", "4"].filter((name) => cache.find(name) === undefined)).toEqual([]);
  for (let i = 0; i < 200; i++) keep(`empty-${i}`, Buffer.alloc(0));
  expect(cache.bytes).toBeLessThanOrEqual(100_000);
});

test("a file that is kept again takes its room once", () => {
  const { cache, keep } = keeping();
  keep("a");
  const { bytes } = cache;
  keep("a");
  expect(cache.bytes).toBe(bytes);
});

test("a file may take all of the room and not one byte more", () => {
  const { cache, keep, write, top } = keeping();
  keep("a");
  const later = Date.now() + 60_000;
  for (const [bytesMax, isKept] of [
    [cache.bytes, true],
    [cache.bytes - 1, false],
  ] as const) {
    const other = new WebCache(bytesMax);
    other.keep("a", write("a"), top, later);
    expect(other.find("a") !== undefined).toBe(isKept);
  }
});
