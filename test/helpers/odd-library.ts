// Libraries that are wrong in one way, compiled once: what comes out of the same source and flags is kept below build/.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const OUT = join(ROOT, "build/test/odd-libraries");

/** A function that could be the entry of a plugin, for C and C++. */
export const ENTRY = "const void *osaurus_plugin_entry_v2(const void *host) { return host; }";

export interface OddLibrary {
  readonly source: string;
  readonly flags?: readonly string[];
  /** "cc", or "c++". */
  readonly compiler?: "cc" | "c++";
  /** What is made; without it, `plugin.so`. */
  readonly name?: string;
}

/** The path of what the compiler makes of it. */
export function oddLibrary({
  source,
  flags = ["-shared", "-fPIC"],
  compiler = "cc",
  name = "plugin.so",
}: OddLibrary): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([source, flags, compiler, name]))
    .digest("hex")
    .slice(0, 16);
  const path = join(OUT, hash, name);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const file = join(OUT, hash, compiler === "cc" ? "source.c" : "source.cc");
  writeFileSync(file, `${source}\n`);
  execFileSync(compiler, ["-w", file, "-o", `${path}.${process.pid}`, ...flags], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  renameSync(`${path}.${process.pid}`, path);
  return path;
}
