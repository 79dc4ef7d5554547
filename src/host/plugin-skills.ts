// The skills that installed plugins bring, read from their folders.

import { join } from "node:path";
import { parseSkill } from "../agents/parse-skill.ts";
import type { Skill } from "../agents/skills.ts";
import { byCodeUnits } from "../base/by-code-units.ts";
import type { Paths } from "../base/paths.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { findInstalled, namesIn } from "../plugins/native/installed.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { SKILL_BYTES_MAX, SKILLS_MAX } from "../protocol/limits.ts";
import type { ShelfTool } from "../tools/shelf.ts";

export interface PluginSkillsOptions {
  readonly paths: Pick<Paths, "data">;
  /** What the author of a plugin should know. */
  note(pluginId: string, text: string): void;
}

/**
 * The skills of the plugins that have these tools, SKILLS_MAX at most. Whoever's tools the agent does not have, or whose
 * plugin does not load, has no say in how it works.
 */
export async function pluginSkills(
  { paths, note }: PluginSkillsOptions,
  tools: readonly Pick<ShelfTool, "pluginId" | "kind">[],
): Promise<readonly Skill[]> {
  const ids = new Set(tools.filter(({ kind }) => kind === "native").map(({ pluginId }) => pluginId));
  const skills: Skill[] = [];
  for (const pluginId of [...ids].sort(byCodeUnits)) {
    const installed = await findInstalled(toolsFolder(paths), pluginId);
    if (installed === undefined) continue;
    const folder = join(installed.folder, "skills");
    for (const file of (await namesIn(folder)).filter((name) => name.toUpperCase().endsWith("SKILL.MD"))) {
      const read = readSmallFile(join(folder, file), SKILL_BYTES_MAX);
      if (read === undefined) continue;
      const skill = read.text === undefined ? read.problem : parseSkill(read.text);
      if (typeof skill === "string") note(pluginId, `the skill "${file}" is left out: ${skill}`);
      else if (skills.length < SKILLS_MAX) skills.push({ pluginId, ...skill });
    }
  }
  return skills;
}
