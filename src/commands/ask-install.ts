// The question whether a native plugin may be installed, on a terminal. Every text in it is the package's own: none of
// it may look like a line of ours.

import type { InstallRequest } from "../host/install-host.ts";
import { requirementUses } from "../protocol/requirement-meanings.ts";
import type { CommandIo } from "../terminal/io.ts";
import { neutralise } from "../terminal/neutralise.ts";

type AskInstall = NonNullable<InstallRequest["ask"]>;
type InstallQuestion = Parameters<AskInstall>[0];

const TEXT_CHARS_MAX = 300;
const NAMES_SHOWN_MAX = 8;

/** Asks at the terminal; nothing where there is none, and then nobody is asked. */
export function askInstall(io: CommandIo): AskInstall | undefined {
  const { prompt } = io;
  if (prompt === undefined) return undefined;
  return async (question) => {
    io.stderr.write(questionText(question));
    const answer = await prompt("Install it? [y/N] ");
    return /^y(es)?$/i.test((answer ?? "").trim()) ? "prompt" : undefined;
  };
}

/** What is shown before the question. */
export function questionText({
  pluginId,
  version,
  name,
  authors,
  description,
  tools,
  unsigned,
  beyond,
}: Omit<InstallQuestion, "digest">): string {
  const lines = [`${oneLine(pluginId)} ${oneLine(version)} wants to be installed.`];
  if (name !== undefined) lines.push(`  name:     ${oneLine(name)}`);
  if (authors.length > 0) lines.push(`  authors:  ${listed(authors)}`);
  if (description !== undefined) lines.push(`  about:    ${oneLine(description)}`);
  lines.push(`  signed:   ${unsigned ? "no, nobody vouches for it" : "yes"}`);
  if (beyond !== undefined) lines.push(`  new:      it asks for more than you consented to: ${listed(beyond)}`);
  lines.push(...requirementLines(tools));
  return lines.map((line) => `${line}\n`).join("");
}

function requirementLines(tools: InstallQuestion["tools"]): string[] {
  if (tools === undefined) return ["  asks for: the package does not say; whatever it asks for is granted"];
  const uses = requirementUses(tools);
  if (uses.length === 0)
    return ["  asks for: nothing in particular; like every program it may use files and the network"];
  const all = uses.map(({ id, meaning, tools: ids }) => {
    return `    ${oneLine(id)}${meaning === undefined ? "" : ` (${meaning})`}, for ${listed(ids)}`;
  });
  return ["  asks for:", ...all];
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN_MAX;
  const shown = names.slice(0, NAMES_SHOWN_MAX).map(oneLine).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** On one line, and not too long: nobody reads what scrolled away. */
function oneLine(text: string): string {
  const line = neutralise(text).replace(/\s+/g, " ").trim();
  return line.length > TEXT_CHARS_MAX ? `${line.slice(0, TEXT_CHARS_MAX)}…` : line;
}
