import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ENTRY, oddLibrary } from "../../../test/helpers/odd-library.ts";
import { RUNNER_PATH } from "../../../test/helpers/runner-path.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { examineLibrary } from "./doctor.ts";
import type { FindingCode } from "./doctor-finding.ts";

const CC = process.env["CC"] ?? "cc";
const SHARED = ["-shared", "-fPIC"];

/** The findings by their code, as somebody who names the file gets them. */
async function examine(path: string) {
  const findings = await examineLibrary(path, { runnerPath: RUNNER_PATH, env: {}, cwd: "/" });
  return Object.fromEntries(findings.map((one) => [one.code, one])) as Partial<
    Record<FindingCode, (typeof findings)[0]>
  >;
}

function file(content: string | Uint8Array, name = "plugin.so"): string {
  const path = join(tempDir(), name);
  writeFileSync(path, content);
  return path;
}

/** A library with one text in its bytes replaced by another of the same length. */
function patched(path: string, from: string, to: string): string {
  expect(to.length).toBe(from.length);
  return file(Buffer.from(readFileSync(path, "latin1").replaceAll(from, to), "latin1"));
}

test.each([
  ["what Git LFS left", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS", "git lfs pull"],
  ["a web page", "<!DOCTYPE html>\n<html>", "a web page", "download it again"],
  ["a script", "#!/bin/sh\n", "a script", "the library that it makes"],
  ["a linker script", "/* GNU ld script */\nINPUT(libx.so.1)", "a linker script", "the library that it names"],
  ["another text", "hello", "no library but a text", "-shared"],
  ["a package", "PK\x03\x04", "zip archive", "tools install"],
  ["a library of Windows", "MZ\0\0", "for Windows", "for this system"],
  ["half a library", "\x7fELF\x02\x01", "cut short", "again"],
  ["nothing", "", "it is empty", "-shared"],
])("%s is called what it is, and not opened", async (_, content, detail, hint) => {
  expect(await examine(file(content))).toMatchObject({
    file_kind: { status: "fail", detail: expect.stringContaining(detail), hint: expect.stringContaining(hint) },
    dlopen: { status: "warn" },
  });
});

describe.skipIf(process.platform !== "linux")("on Linux", () => {
  test("a good library has nothing that needs mending", async () => {
    const found = await examine(oddLibrary({ source: ENTRY, flags: [...SHARED, "-g"] }));
    expect(Object.values(found).map(({ status }) => status)).toEqual(Object.keys(found).map(() => "ok"));
    expect(found.file_kind?.detail).toContain("with debug information");
    const stripped = await examine(oddLibrary({ source: ENTRY, flags: [...SHARED, "-s"] }));
    expect(stripped.file_kind).toMatchObject({ status: "ok", detail: expect.stringContaining("stripped") });
  });

  test("an object, a static library and a program are no libraries", async () => {
    const object = oddLibrary({ source: ENTRY, flags: ["-c"], name: "plugin.o" });
    expect((await examine(object)).file_kind).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("object"),
    });
    const { file_kind } = await examine(
      file(Buffer.concat([Buffer.from("!<arch>\n"), readFileSync(object)]), "plugin.a"),
    );
    expect(file_kind).toMatchObject({
      status: "fail",
      detail: expect.stringContaining("static"),
      hint: expect.stringContaining("-shared"),
    });
    for (const flags of [["-pie", "-fPIE"], ["-no-pie"]]) {
      const program = oddLibrary({ source: `int main(void) { return 0; } ${ENTRY}`, flags, name: "plugin" });
      expect(await examine(program)).toMatchObject({
        file_kind: { status: "fail", detail: expect.stringContaining("program") },
        dlopen: { status: "warn" },
      });
    }
  });

  test.skipIf(process.arch !== "x64")("a library of 32 bits is one for another machine", async () => {
    const path = oddLibrary({ source: "int x;", flags: ["-m32", "-shared", "-nostdlib"] });
    expect(await examine(path)).toMatchObject({
      file_kind: { status: "ok" },
      architecture: { status: "fail", detail: expect.stringContaining("linux x86; this is linux x64") },
      dlopen: { status: "warn" },
    });
  });

  test.each<[string, Parameters<typeof oddLibrary>[0], string, string]>([
    ['in C++ without extern "C"', { source: ENTRY, compiler: "c++" }, "_Z23osaurus_plugin_entry_v2PKv", 'extern "C"'],
    [
      "in a library with hidden symbols",
      { source: ENTRY, flags: [...SHARED, "-fvisibility=hidden"] },
      "not exported",
      "OSR_EXPORT",
    ],
    [
      "that is static",
      { source: `static ${ENTRY}\nvoid *use(void) { return osaurus_plugin_entry_v2; }` },
      "not exported",
      "static",
    ],
    [
      "that is only declared",
      { source: "void *osaurus_plugin_entry_v2(void); void *use(void) { return osaurus_plugin_entry_v2(); }" },
      "nowhere in it",
      "compile the file",
    ],
    [
      "with another name",
      { source: ENTRY.replace("v2", "v3") },
      "osaurus_plugin_entry_v3, which is no entry",
      "osaurus_plugin_entry_v2",
    ],
    ["that is a table", { source: "int osaurus_plugin_entry_v2[4];" }, "no function", "returns the address"],
    ["that was forgotten", { source: "int x;" }, "no entry of a plugin", "OSR_EXPORT"],
    [
      "that is hidden, in a library that was stripped",
      { source: ENTRY, flags: [...SHARED, "-fvisibility=hidden", "-s"] },
      "no entry of a plugin",
      "OSR_EXPORT",
    ],
  ])("an entry %s is not found, and why is said", async (_, library, detail, hint) => {
    const { exports } = await examine(oddLibrary(library));
    expect(exports).toMatchObject({
      status: "fail",
      detail: expect.stringContaining(detail),
      hint: expect.stringContaining(hint),
    });
  });

  test("an entry of version 1 alone is enough, with a warning", async () => {
    const found = await examine(oddLibrary({ source: "const void *osaurus_plugin_entry(void) { return 0; }" }));
    expect(found.exports).toMatchObject({ status: "warn", detail: expect.stringContaining("version 1") });
    expect(found.entry_symbol).toMatchObject({ status: "warn" });
  });

  test("a library that is not here is named, and one that lies beside is not always there", async () => {
    const folder = join(tempDir(), "build");
    mkdirSync(folder);
    const other = oddLibrary({
      source: "int other(void) { return 1; }",
      flags: [...SHARED, "-Wl,-soname,libosprey-other.so"],
      name: "libosprey-other.so",
    });
    copyFileSync(other, join(folder, "libosprey-other.so"));
    const link = (name: string, ...flags: string[]) => {
      const path = join(folder, name);
      const source = file(`int other(void); int use(void) { return other(); } ${ENTRY}`, "source.c");
      execFileSync(CC, [source, "-o", path, ...SHARED, `-L${dirname(path)}`, "-losprey-other", ...flags]);
      return path;
    };
    const beside = link("beside.so", "-Wl,-rpath,$ORIGIN");
    const there = link("there.so", `-Wl,-rpath,${folder}`);
    const nowhere = link("nowhere.so");
    expect((await examine(beside)).dependencies).toMatchObject({
      status: "warn",
      detail: expect.stringContaining("beside it: libosprey-other.so"),
    });
    expect((await examine(there)).dependencies).toMatchObject({
      status: "warn",
      detail: expect.stringContaining(folder),
      hint: expect.stringContaining("-rpath"),
    });
    expect(await examine(nowhere)).toMatchObject({
      dependencies: {
        status: "fail",
        detail: "not on this system: libosprey-other.so",
        hint: expect.stringContaining("statically"),
      },
      dlopen: { status: "fail" },
    });
    rmSync(join(folder, "libosprey-other.so"));
    expect(await examine(beside)).toMatchObject({ dependencies: { status: "fail" }, dlopen: { status: "fail" } });
  });

  test("a path in the place of a library's name is one of the machine it was built on", async () => {
    const folder = tempDir();
    const other = join(folder, "libother.so");
    copyFileSync(oddLibrary({ source: "int other(void) { return 1; }", name: "libother.so" }), other);
    const path = join(folder, "plugin.so");
    const source = file(`int other(void); int use(void) { return other(); } ${ENTRY}`, "source.c");
    execFileSync(CC, [source, "-o", path, ...SHARED, other]);
    expect((await examine(path)).dependencies).toMatchObject({
      status: "warn",
      detail: expect.stringContaining(other),
    });
  });

  test("a library that needs a sanitizer is not one to publish", async () => {
    const address = oddLibrary({ source: ENTRY, flags: [...SHARED, "-fsanitize=address"] });
    expect((await examine(address)).dependencies).toMatchObject({
      status: "warn",
      detail: expect.stringContaining("libasan"),
    });
    // As other compilers do it: the runtime is to be in the program.
    const bare = oddLibrary({ source: `void __asan_init(void); void use(void) { __asan_init(); } ${ENTRY}` });
    expect((await examine(bare)).dependencies).toMatchObject({
      status: "warn",
      detail: expect.stringContaining("__asan_init"),
    });
  });

  test("a version that this system does not have yet is named with what needs it", async () => {
    const good = oddLibrary({ source: `char *strdup(const char *); char *use(void) { return strdup("x"); } ${ENTRY}` });
    const path = patched(
      good,
      process.arch === "x64" ? "GLIBC_2.2.5" : "GLIBC_2.17",
      process.arch === "x64" ? "GLIBC_9.9.9" : "GLIBC_9.99",
    );
    expect(await examine(path)).toMatchObject({
      libc_version: {
        status: "fail",
        detail: expect.stringMatching(/it needs GLIBC_9\S+ of libc\.so\.6 for .*strdup/),
        hint: expect.stringContaining("oldest"),
      },
      dlopen: { status: "fail" },
    });
  });

  test("a library for another C library is called so", async () => {
    const name = "libc.musl-x86_64.so.1";
    const folder = tempDir();
    const libc = oddLibrary({
      source: "int other(void) { return 1; }",
      flags: [...SHARED, `-Wl,-soname,${name}`],
      name,
    });
    const path = join(folder, "plugin.so");
    execFileSync(CC, [
      file(`int other(void); int use(void) { return other(); } ${ENTRY}`, "source.c"),
      "-o",
      path,
      ...SHARED,
      "-nostdlib",
      libc,
    ]);
    expect((await examine(path)).libc_version).toMatchObject({
      status: "fail",
      detail: expect.stringContaining(`built for musl (${name})`),
    });
  });

  test("stacks that can be run and code that is changed are warned of", async () => {
    const stack = oddLibrary({ source: ENTRY, flags: [...SHARED, "-Wl,-z,execstack"] });
    expect((await examine(stack)).executable_stack).toMatchObject({
      status: "warn",
      hint: expect.stringContaining("noexecstack"),
    });
    const source = `${ENTRY}\n__asm__(".text\\n.quad osaurus_plugin_entry_v2\\n");`;
    const text = oddLibrary({ source, flags: [...SHARED, "-Wl,-z,notext"] });
    expect((await examine(text)).text_relocations).toMatchObject({
      status: "warn",
      hint: expect.stringContaining("-fPIC"),
    });
  });

  test.each([
    ["nobody_has_this", "-Wl,-z,defs"],
    ["cos", "-lm"],
    ["osaurus_log", "in the table"],
    ["_ZSt4cout", "c++"],
  ])("the undefined symbol %s has a finding of its own", async (symbol, hint) => {
    const source = `void ${symbol}(void); void use(void) { ${symbol}(); } ${ENTRY}`;
    const path = oddLibrary({ source, flags: [...SHARED, "-fno-builtin"] });
    expect(await examine(path)).toMatchObject({
      undefined_symbols: {
        status: "fail",
        detail: expect.stringContaining(symbol),
        hint: expect.stringContaining(hint),
      },
      dlopen: { status: "fail" },
    });
  });
});
