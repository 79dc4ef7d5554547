import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { SKILL_BYTES_MAX, SKILLS_MAX } from "../protocol/limits.ts";
import { pluginSkills } from "./plugin-skills.ts";

const TOOLS = [{ pluginId: "test.skilled", kind: "native" }] as const;

/** An installed plugin with these files in its folder of skills. */
function installed(files: Readonly<Record<string, string>>) {
  const data = tempDir();
  const folder = join(data, "Tools/test.skilled/1.0.0/skills");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const notes: string[] = [];
  const read = (tools: Parameters<typeof pluginSkills>[1] = TOOLS) =>
    pluginSkills({ paths: { data }, note: (_plugin, text) => notes.push(text) }, tools);
  return { folder, read, notes };
}

const head = (name: string) => `---\nname: ${name}\ndescription: d\n---\n`;

test("as many skills as may be are there, and one more is not", async () => {
  const files = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}.skill.md`, `${head(`s${index}`)}x`]));
  expect(await installed(files(SKILLS_MAX)).read()).toHaveLength(SKILLS_MAX);
  expect(await installed(files(SKILLS_MAX + 1)).read()).toHaveLength(SKILLS_MAX);
});

test("a file may be as large as the limit, and one byte more is left out with a note", async () => {
  const full = head("a") + "x".repeat(SKILL_BYTES_MAX - head("a").length);
  const { read, notes } = installed({ "full.SKILL.md": full, "over.SKILL.md": `${full}x` });
  expect(await read()).toMatchObject([{ pluginId: "test.skilled", name: "a" }]);
  expect(notes).toEqual([expect.stringContaining('the skill "over.SKILL.md" is left out')]);
});

test("plugins of which the agent has no tool, and process plugins, have no skills", async () => {
  const { read } = installed({ "a.SKILL.md": `${head("a")}x` });
  expect(await read([])).toEqual([]);
  expect(await read([{ pluginId: "test.skilled", kind: "process" }])).toEqual([]);
});

test("what is no regular file is left out", async () => {
  const { read, folder } = installed({});
  symlinkSync("/dev/zero", join(folder, "endless.SKILL.md"));
  mkdirSync(join(folder, "folder.SKILL.md"));
  expect(await read()).toEqual([]);
});
