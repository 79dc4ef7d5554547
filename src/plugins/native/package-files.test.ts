import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { MANIFEST_BYTES_MAX } from "../../protocol/limits.ts";
import { collectFiles } from "./package-files.ts";

const IDENTITY = { pluginId: "a.b", version: "1.0.0" };

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test("pages, skills, documents and the identity go in; everything else stays out", async () => {
  const folder = folderWith({
    "web/index.html": "",
    "web/.well-known/x": "",
    "web/.DS_Store": "",
    "skills/a_SKILL.md": "",
    "readme.md": "",
    "CHANGELOG.md": "",
    LICENSE: "",
    "SKILL.md": "",
    "src/main.c": "",
    ".env": "SECRET=1",
    "manifest.json": "{}",
  });
  const names = (await collectFiles(folder, IDENTITY)).map(({ name }) => name).sort();
  expect(names).toEqual(
    [
      "CHANGELOG.md",
      "LICENSE",
      "SKILL.md",
      "osaurus-plugin.json",
      "readme.md",
      "skills/a_SKILL.md",
      "web/.well-known/x",
      "web/index.html",
    ].sort(),
  );
});

test("an identity file is made, or filled in", async () => {
  const identity = async (files: Readonly<Record<string, string>>) => {
    const [input] = await collectFiles(folderWith(files), IDENTITY);
    return JSON.parse(String(input!.from));
  };
  const whole = { plugin_id: "a.b", version: "1.0.0" };
  expect(await identity({})).toEqual(whole);
  expect(await identity({ "osaurus-plugin.json": '{"plugin_id":"a.b"}' })).toEqual(whole);
});

test("of the identity file nothing goes in but what those who install need", async () => {
  const packed = async (file: object) => {
    const [input] = await collectFiles(folderWith({ "osaurus-plugin.json": JSON.stringify(file) }), IDENTITY);
    return JSON.parse(String(input!.from));
  };
  const whole = { plugin_id: "a.b", version: "1.0.0" };
  const own = { dev: { build: "make" }, token: "secret", notes: { a: 1 } };
  expect(await packed({ ...whole, ...own, name: "A" })).toEqual(whole);
  const manifest = { name: "A", license: "MIT", secrets: [], capabilities: { tools: [], x: 1 } };
  expect(await packed({ ...whole, ...own, ...manifest })).toEqual({ ...whole, ...manifest });
});

test.each<[string, (path: string) => void, string]>([
  ["a pipe", (path) => execFileSync("mkfifo", [path]), "no regular file"],
  ["a folder", (path) => mkdirSync(path), "no regular file"],
  ["a link to the file of somebody else", (path) => symlinkSync("/etc/hostname", path), "is a link"],
  ["a link to nothing", (path) => symlinkSync("gone", path), "is a link"],
  ["a file without an end", (path) => truncate(path, MANIFEST_BYTES_MAX + 1), "it is over"],
  ["a file that is as large as any", (path) => truncate(path, MANIFEST_BYTES_MAX), "not JSON"],
  ["JSON without an end", (path) => writeFileSync(path, `{"capabilities":${"[".repeat(2000)}`), "too deep"],
])("in the place of the identity file, %s is refused at once", async (_, make, message) => {
  const folder = tempDir();
  make(join(folder, "osaurus-plugin.json"));
  await expect(collectFiles(folder, IDENTITY)).rejects.toMatchObject({
    code: "package_invalid",
    message: expect.stringContaining(message),
  });
});

function truncate(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes);
}

test.each(['{"plugin_id":"a.c"}', '{"version":"1.0.1"}', '{"plugin_id":1}', "[]", "{"])(
  "the identity file %s is not packed as another plugin",
  async (text) => {
    const folder = folderWith({ "osaurus-plugin.json": text });
    await expect(collectFiles(folder, IDENTITY)).rejects.toMatchObject({ code: "package_invalid" });
  },
);

test.each(["web", "web/secret", "README.md"])("a link %s is not followed", async (name) => {
  const folder = folderWith(name.startsWith("web/") ? { "web/index.html": "" } : {});
  symlinkSync("/etc/passwd", join(folder, name));
  await expect(collectFiles(folder, IDENTITY)).rejects.toMatchObject({ code: "package_invalid" });
});
