// Reads a skill's file: a few members between lines of three dashes, and the instructions behind them ("Osaurus: Plugin
// Authoring", skills).

import { SKILL_DESCRIPTION_CHARS_MAX, SKILL_NAME_CHARS_MAX } from "../protocol/limits.ts";

export interface ParsedSkill {
  readonly name: string;
  readonly description: string;
  readonly instructions: string;
}

/** The skill, or in words what is wrong with the file. */
export function parseSkill(text: string): ParsedSkill | string {
  const found = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(text);
  if (found === null) return 'it does not begin with members between two lines "---"';
  const members = membersOf(found[1]!.split(/\r?\n/));
  const name = members.get("name")?.trim() ?? "";
  const description = members.get("description")?.trim() ?? "";
  const instructions = text.slice(found[0].length).trim();
  if (name === "" || description === "") return 'it has no "name" or no "description"';
  if (name.length > SKILL_NAME_CHARS_MAX) return `its name has more than ${SKILL_NAME_CHARS_MAX} characters`;
  if (description.length > SKILL_DESCRIPTION_CHARS_MAX) {
    return `its description has more than ${SKILL_DESCRIPTION_CHARS_MAX} characters`;
  }
  if (instructions === "") return "it has no instructions";
  return { name, description, instructions };
}

/** Members at the left edge: on one line, quoted or not, or as lines that stand further in. What is nested is left out. */
function membersOf(lines: readonly string[]): Map<string, string> {
  const members = new Map<string, string>();
  for (let at = 0; at < lines.length; at++) {
    const found = /^([A-Za-z_][\w-]*):[ \t]*(.*)$/.exec(lines[at]!);
    if (found === null) continue;
    const [, name, value] = found as unknown as [string, string, string];
    const block = /^([|>])[+-]?[ \t]*$/.exec(value);
    if (block === null) {
      members.set(name, unquoted(value.trim()));
      continue;
    }
    const inside: string[] = [];
    while (at + 1 < lines.length && /^(?:[ \t]|$)/.test(lines[at + 1]!)) inside.push(lines[++at]!.trim());
    members.set(name, inside.join(block[1] === "|" ? "\n" : " "));
  }
  return members;
}

function unquoted(value: string): string {
  if (/^'.*'$/s.test(value)) return value.slice(1, -1).replaceAll("''", "'");
  if (!/^".*"$/s.test(value)) return value.replace(/\s+#.*$/, "");
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}
