import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse as parseToml } from "smol-toml";
import { expect, test } from "vitest";
import { keptTempDir, tempDir } from "../../test/helpers/temp-dir.ts";
import { packageRoot } from "../base/package-root.ts";
import { type ProjectKind, readProject } from "../projects/project.ts";
import { PROJECT_NAME_CHARS_MAX } from "../protocol/limits.ts";
import { type CreatedProject, createProject, type NewProject } from "./create-project.ts";
import { LANGUAGES } from "./languages.ts";
import { readTemplate } from "./read-template.ts";
import { isToolName } from "./toolchains.ts";

const TEMPLATES = (["native", "process"] as const).flatMap((kind) =>
  LANGUAGES[kind].map((language): [ProjectKind, string] => [kind, language]),
);
const LONGEST = `a${"-b".repeat(PROJECT_NAME_CHARS_MAX)}`.slice(0, PROJECT_NAME_CHARS_MAX - 1);

function create(wanted: Partial<NewProject> = {}): CreatedProject {
  return createProject({
    kind: "native",
    name: "hello",
    language: "c",
    folder: tempDir(),
    env: process.env,
    ...wanted,
  });
}

const textOf = (project: CreatedProject, path: string) => readFileSync(join(project.path, path), "utf8");

test.each(TEMPLATES)(
  "a %s project in %s is what its template says, with every variable filled in",
  (kind, language) => {
    const made = create({ kind, language, name: "csv-tools" });
    const template = readTemplate(kind, language);
    expect(template.toolchain.filter((program) => !isToolName(program))).toEqual([]);
    expect(made.files).toEqual(allFiles(made.path));
    for (const path of made.files) {
      const vendored = template.vendored.get(path);
      const text = textOf(made, path);
      if (vendored !== undefined) expect(text, path).toBe(readFileSync(vendored.from, "utf8"));
      else expect(text.match(/\{\{\w+\}\}/g), path).toBeNull();
      expect(`${path} ${text}`, path).not.toMatch(/\.template\b|template\.json/);
      expect(text.endsWith("\n"), `${path} ends with a line break`).toBe(true);
    }
  },
);

test.each(TEMPLATES)("a %s project in %s has what every project has", (kind, language) => {
  const made = create({ kind, language, name: "csv-tools" });
  const file = kind === "native" ? "osaurus-plugin.json" : "osp-plugin.json";
  const everywhere = ["README.md", ".gitignore", ".github/workflows/ci.yml", "Makefile", file];
  const native = ["web/index.html", "test/hello.test.json", "vendor/osaurus/osaurus_plugin.h", "local.mk"];
  expect(made.files).toEqual(
    expect.arrayContaining(kind === "native" ? [...everywhere, ...native.slice(0, 2), "local.mk"] : everywhere),
  );
  expect(made.files.some((path) => path.startsWith("vendor/"))).toBe(true);
  expect(textOf(made, "README.md")).toMatch(/^make build$/m);
  expect(textOf(made, "README.md")).toMatch(/^make test$/m);
  for (const target of ["build", "test", "clean"]) {
    expect(textOf(made, "Makefile"), `target ${target}`).toMatch(new RegExp(`^${target}:`, "m"));
  }
  expect(readProject(made.path)).toMatchObject({
    kind,
    pluginId: kind === "native" ? "dev.example.csv-tools" : "csv-tools",
    version: "0.1.0",
    build: "make build",
    call: { tool: kind === "native" ? "hello" : "csv-tools", args: { name: "Ada" } },
  });
});

test.each(TEMPLATES)("whatever a %s project in %s is called, its files can be read", (kind, language) => {
  const { path: folder, remove } = keptTempDir();
  const word = fc.stringMatching(/^[a-z0-9]{1,9}$/);
  const name = fc
    .tuple(fc.stringMatching(/^[a-z]$/), fc.array(word, { maxLength: 6 }))
    .map(([first, words]) => [first, ...words].join("-"));
  try {
    fc.assert(
      fc.property(fc.oneof(name, fc.constant(LONGEST)), (name) => {
        if (existsSync(join(folder, name)) || readTemplate(kind, language).reserved.includes(name)) return;
        const made = create({ kind, language, name, folder });
        expect(readProject(made.path).pluginId).toContain(name);
        for (const path of made.files) {
          if (path.endsWith(".json")) JSON.parse(textOf(made, path));
          if (path.endsWith(".toml")) parseToml(textOf(made, path));
        }
      }),
      { numRuns: 10 },
    );
  } finally {
    remove();
  }
});

test.each(TEMPLATES)("names that a %s project in %s cannot have are refused", (kind, language) => {
  const { reserved } = readTemplate(kind, language);
  for (const word of reserved) {
    const name = word.toLowerCase().replaceAll("_", "-").replaceAll(/^-|-$/g, "");
    if (name === word) expect(() => create({ kind, language, name: word }), word).toThrow("cannot be a project's name");
  }
  const commandWords = new Set(["serve"]);
  expect(() => create({ kind, language, name: "serve", commandWords })).toThrow("it is a word that osp keeps");
});

test("files that are run can be run, and nobody but their owner may write where that is the custom", () => {
  const before = process.umask(0o022);
  try {
    const made = create({ kind: "process", language: "bash" });
    expect(statSync(join(made.path, "osp-hello")).mode & 0o777).toBe(0o755);
    expect(statSync(join(made.path, "README.md")).mode & 0o777).toBe(0o644);
    expect(statSync(made.path).mode & 0o777).toBe(0o755);
  } finally {
    process.umask(before);
  }
});

test("what is missing on this machine is named with the way to install it", () => {
  expect(create({ env: { PATH: "/nowhere" } }).missing).toEqual([
    expect.objectContaining({ program: "cc" }),
    expect.objectContaining({ program: "make" }),
  ]);
  expect(create({ env: process.env }).missing).toEqual([]);
});

test("an id of the author's own stands in the project", () => {
  const made = create({ id: "org.example.mine" });
  expect(made.pluginId).toBe("org.example.mine");
  expect(readProject(made.path).pluginId).toBe("org.example.mine");
  expect(() => create({ id: "Not One" })).toThrow("cannot be a plugin's id");
});

test.each([
  ["a folder", (path: string) => mkdirSync(path)],
  ["a file", (path: string) => writeFileSync(path, "mine")],
  ["a link to nowhere", (path: string) => symlinkSync("nowhere", path)],
])("%s of that name is left as it is", (_, make) => {
  const folder = tempDir();
  make(join(folder, "hello"));
  const before = lstatSync(join(folder, "hello")).mtimeMs;
  expect(() => create({ folder })).toThrow(expect.objectContaining({ code: "project_exists", exitCode: 1 }));
  expect(lstatSync(join(folder, "hello")).mtimeMs).toBe(before);
  expect(readdirSync(folder)).toEqual(["hello"]);
});

test("a folder that is not there is named, and no stack is needed to understand it", () => {
  const folder = join(tempDir(), "gone");
  expect(() => create({ folder })).toThrow(expect.objectContaining({ code: "output_failed" }));
});

test.each([
  ["pythn", "process", 'did you mean "python"?'],
  ["C", "native", 'did you mean "c"?'],
  ["python", "native", 'python is for process plugins: "osp plugins create"'],
  ["pyhton", "native", 'python is for process plugins: "osp plugins create"'],
  ["swif", "process", 'swift is for native plugins: "osaurus tools create"'],
  ["../process/bash", "native", "known: c, cpp, rust, go, swift, zig"],
] as const)("the language %s of %s plugins is refused with a hint", (language, kind, hint) => {
  expect(() => create({ kind, language })).toThrow(
    expect.objectContaining({ code: "usage_invalid", hint: expect.stringContaining(hint) }),
  );
});

/** Runs a creation that is cut off, or finds the disk full, at its n-th change. */
function createAndDie(folder: string, at: number, how: "kill" | "full") {
  const program = join(packageRoot(), "test/helpers/create-and-die.ts");
  const { stdout, signal } = spawnSync(process.execPath, [program, folder, "hello", "c", String(at), how], {
    encoding: "utf8",
  });
  return { signal, ended: stdout === "" ? undefined : JSON.parse(stdout) };
}

test("a creation that is killed leaves no project or a whole one, and the next one tidies up", () => {
  const whole = create().files;
  for (const at of [1, 2, 9, whole.length, 1_000]) {
    const folder = tempDir();
    const { signal } = createAndDie(folder, at, "kill");
    expect(signal).toBe(at === 1_000 ? null : "SIGKILL");
    if (at === 1_000) expect(allFiles(join(folder, "hello"))).toEqual(whole);
    else expect(create({ folder }).files).toEqual(whole);
    expect(readdirSync(folder)).toEqual(["hello"]);
  }
});

test("a full disk leaves nothing behind", () => {
  const folder = tempDir();
  for (const at of [1, 2, 9]) {
    expect(createAndDie(folder, at, "full").ended).toEqual({ ok: false, code: "output_failed", reached: true });
    expect(readdirSync(folder)).toEqual([]);
  }
});

function allFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
