// The plugins in docs/native-sdks.md and docs/process-sdks.md are true: what is shown there compiles. Nothing is linked, and all
// that compilers keep is shared with the other tests of the helpers.

import { execFile } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { SDK_BUILD_MS_MAX } from "../helpers/build-sdk-fixtures.ts";
import { compilerEnv } from "../helpers/compiler-env.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { zigEnvironment } from "../helpers/zig.ts";

const ROOT = join(import.meta.dirname, "../..");
const SDK = join(ROOT, "sdk");
const WARNINGS = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"];

/** The one block of a language on a page. */
function block(page: string, language: string): string {
  const text = readFileSync(join(ROOT, "docs", page), "utf8");
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, name]) => name === language);
  expect(blocks).toHaveLength(1);
  return blocks[0]![2]!;
}

/** A new folder with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd, env: { ...process.env, ...env } });
  expect(stderr).not.toContain("warning:"); // As Rust says it; flags that forbid it would have cargo compile everything again.
  return stdout;
}

/** A crate whose one dependency is a helper; only checked. */
async function checkRust(code: string, main: string, helper: string, target: string): Promise<void> {
  const name = helper === "rust" ? "osaurus-plugin" : "osp-plugin";
  const kind = main === "src/lib.rs" ? '[lib]\ncrate-type = ["cdylib"]\n' : "";
  const dependency = `[dependencies]\n${name} = { path = ${JSON.stringify(join(SDK, helper))} }\n`;
  const manifest = `[package]\nname = "shown"\nversion = "0.1.0"\nedition = "2021"\n${kind}${dependency}[workspace]\n`;
  const env = { CARGO_TARGET_DIR: join(ROOT, "build/test", target) };
  await run(folderWith({ "Cargo.toml": manifest, [main]: code }), "cargo", ["check", "--quiet", "--offline"], env);
}

/** What the tables of words on a page name that is not in the sources of the helper; a column for each of these folders of `sdk`. */
function unknownWords(page: string, folders: readonly string[]): string[] {
  const text = readFileSync(join(ROOT, "docs", page), "utf8");
  const [section = ""] = text.slice(text.indexOf("## The words") + 3).split("\n## ");
  const rows = section.split("\n").map((line) => line.split(/(?<!\\)\|/).slice(2, -1));
  const tables = rows.filter((cells) => cells.length === folders.length);
  expect(tables.length).toBeGreaterThan(20);
  return folders.flatMap((folder, column) => {
    const sources = globSync(`${folder}/**/*.{h,hpp,go,rs,zig,swift,py,ts,sh}`, {
      cwd: SDK,
      exclude: ["**/target/**"],
    });
    const known = new Set(sources.flatMap((path) => readFileSync(join(SDK, path), "utf8").match(/\w+/g) ?? []));
    const shown = tables.flatMap((cells) => [...cells[column]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
    const words = shown.flatMap((code) => code.match(/\w+/g) ?? []);
    return words.filter((word) => !known.has(word)).map((word) => `${folder}: ${word}`);
  });
}

test("the tables of words name what is in the helpers' sources", () => {
  expect(unknownWords("native-sdks.md", ["c", "cpp", "go", "rust", "zig", "swift"])).toEqual([]);
  expect(unknownWords("process-sdks.md", ["python", "typescript", "bash", "rust-process"])).toEqual([]);
});

test("the plugin in C compiles without a warning", async () => {
  const folder = folderWith({ "shown.c": block("native-sdks.md", "c") });
  await run(folder, "cc", ["-std=c11", ...WARNINGS, `-I${SDK}/c`, "shown.c"]);
});

test("the plugin in C++ compiles without a warning", async () => {
  const folder = folderWith({ "shown.cpp": block("native-sdks.md", "cpp") });
  await run(folder, "c++", ["-std=c++17", ...WARNINGS, `-I${SDK}/c`, `-I${SDK}/cpp`, "shown.cpp"]);
});

test(
  "the plugin in Go compiles",
  async () => {
    const module = `module example.com/shown\n\ngo 1.21\n\nrequire osaurus v0.1.0\n\nreplace osaurus => ${SDK}/go\n`;
    const folder = folderWith({ "go.mod": module, "shown.go": block("native-sdks.md", "go") });
    const { GOCACHE, GOPROXY, GOTOOLCHAIN } = compilerEnv({});
    await run(folder, "go", ["list", "-export", "-buildmode=c-shared", "."], { GOCACHE, GOPROXY, GOTOOLCHAIN });
  },
  SDK_BUILD_MS_MAX,
);

test(
  "the native plugin in Rust compiles without a warning",
  () => checkRust(block("native-sdks.md", "rust"), "src/lib.rs", "rust", "fixtures/sdk/cargo"),
  SDK_BUILD_MS_MAX,
);

test(
  "the process plugin in Rust compiles without a warning",
  () => checkRust(block("process-sdks.md", "rust"), "src/main.rs", "rust-process", "cargo-process"),
  SDK_BUILD_MS_MAX,
);

const ZIG = zigEnvironment();
test.skipIf(ZIG === undefined)(
  "the plugin in Zig compiles",
  async () => {
    const folder = folderWith({ "shown.zig": block("native-sdks.md", "zig") });
    const modules = ["--dep", "osaurus", "-Mroot=shown.zig", `-Mosaurus=${SDK}/zig/src/osaurus.zig`];
    const { ZIG_GLOBAL_CACHE_DIR, ZIG_LOCAL_CACHE_DIR } = compilerEnv({});
    const env = { ...ZIG, ZIG_GLOBAL_CACHE_DIR, ZIG_LOCAL_CACHE_DIR };
    await run(folder, "zig", ["build-lib", "-dynamic", "-fno-emit-bin", "-mcpu=baseline", "-lc", ...modules], env);
  },
  SDK_BUILD_MS_MAX,
);

test("the plugin in TypeScript, given its books, lists them", async () => {
  const books = `async function books(title: string | undefined, least: number) {
    return [{ title: "SICP", pages: 657 }, { title: "TAPL", pages: 623 }].filter((one) => one.pages >= least);
  }`;
  const folder = folderWith({
    "package.json": '{"type":"module"}',
    "shelf.ts": block("process-sdks.md", "ts") + books,
  });
  copyFileSync(join(SDK, "typescript/plugin.ts"), join(folder, "plugin.ts"));
  const answer = JSON.parse(await run(folder, process.execPath, ["shelf.ts", "shelf", "-m", "640"]));
  expect(answer).toMatchObject({
    ok: true,
    data: [{ title: "SICP", pages: 657 }],
    meta: { columns: ["title", "pages"] },
  });
});
