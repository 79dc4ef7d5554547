import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
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

test("an identity file is made, filled in, or kept as it is", async () => {
  const identity = async (files: Readonly<Record<string, string>>) => {
    const [input] = await collectFiles(folderWith(files), IDENTITY);
    return JSON.parse(String(input!.from));
  };
  const whole = { plugin_id: "a.b", version: "1.0.0" };
  expect(await identity({})).toEqual(whole);
  expect(await identity({ "osaurus-plugin.json": '{"plugin_id":"a.b","x":1}' })).toEqual({ ...whole, x: 1 });
  const kept = '{"x":1.0,"version":"1.0.0","plugin_id":"a.b"}';
  const [input] = await collectFiles(folderWith({ "osaurus-plugin.json": kept }), IDENTITY);
  expect(String(input!.from)).toBe(kept);
});

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
