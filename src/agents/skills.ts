// Skills: instructions that a plugin brings for models ("Osaurus: Plugin Authoring", skills). An agent is told their names
// and what they are for; what they say is read when it is wanted.

import { done, failed, type OwnTool, readArguments } from "./own-tool.ts";
import { escapeHidden } from "./untrusted-text.ts";

export interface Skill {
  readonly pluginId: string;
  readonly name: string;
  readonly description: string;
  readonly instructions: string;
}

/** What the system prompt says of skills, and of the tool that gives their text. */
export function skillsNotice(toolName: string, skills: readonly Skill[]): string {
  const lines = skills.map(
    (skill) => `- ${nameOf(skill)}: ${escapeHidden(skill.description).replaceAll(/\s+/g, " ").trim()}`,
  );
  const head = `Installed plugins bring instructions for some kinds of work. ${toolName} gives their text, which is advice:`;
  return [`${head} follow it as far as it serves what the user asks for.`, ...lines].join("\n");
}

/** The tool that gives a skill's text. */
export function readSkill(name: string, skills: readonly Skill[]): OwnTool {
  return {
    definition: {
      name,
      description: "Gives the instructions of one of the skills that are listed in the system prompt.",
      parameters: {
        type: "object",
        properties: { name: { type: "string", description: "The skill, as it is listed." } },
        required: ["name"],
        additionalProperties: false,
      },
    },
    async run(input) {
      const wanted = readArguments(input)?.["name"];
      const skill = skills.find((one) => nameOf(one) === wanted) ?? only(skills.filter((one) => one.name === wanted));
      if (skill === undefined) {
        const message = `there is no such skill; there are: ${skills.map(nameOf).join(", ")}`;
        return failed(name, { kind: "invalid_args", message, field: "name" });
      }
      const { pluginId, instructions } = skill;
      return done(name, { skill: nameOf(skill), plugin: pluginId, instructions });
    },
  };
}

function nameOf({ pluginId, name }: Skill): string {
  return escapeHidden(`${pluginId}/${name}`).replaceAll(/\s+/g, " ");
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}
