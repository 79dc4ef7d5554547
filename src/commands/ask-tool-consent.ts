// Asks the person at the terminal whether a tool may run. What plugin and model say stands behind a bar, so that no line of
// theirs looks like one of ours, and what cannot be seen is spelled out. What is long was cut before it came here.

import type { AskDirectly } from "../host/consent-desk.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { askChoice, type Choice } from "../terminal/ask-choice.ts";
import type { CommandIo } from "../terminal/io.ts";
import { showHidden } from "../terminal/show-hidden.ts";

type Question = Parameters<AskDirectly>[0];
type Answer = NonNullable<Awaited<ReturnType<AskDirectly>>>;

const CHOICES: readonly Choice<Answer>[] = [
  { letter: "y", label: "yes, always", value: { allow: true, remember: "always" } },
  { letter: "o", label: "once", value: { allow: true, remember: "once" } },
  { letter: "s", label: "while this program runs", value: { allow: true, remember: "session" } },
  { letter: "n", label: "no, never", value: { allow: false, remember: "always" } },
  { letter: "d", label: "not this time", value: { allow: false, remember: "once" } },
];

/** Lines of a description; more are left out. */
const DESCRIPTION_LINES_MAX = 10;

/**
 * What asks at this terminal; nothing where nobody sees the question or can answer it.
 *
 * @param shownInput the arguments as they may be seen; without it, as they are.
 */
export function consentPrompt(
  io: CommandIo,
  shownInput: (question: Question) => string = ({ input }) => input,
): AskDirectly | undefined {
  const { prompt, stderr } = io;
  if (prompt === undefined || !stderr.isTerminal) return undefined;
  return async (question, until) => {
    stderr.write(consentText({ ...question, input: shownInput(question) }));
    const answer = await askChoice({ prompt, stderr }, "may it run?", CHOICES, until);
    // Whatever ended the question, the cursor still stands behind it.
    if (answer === undefined) stderr.write(until.aborted ? "\n(settled without you)\n" : "\n");
    return answer;
  };
}

/** What is asked for, ready for a screen. */
function consentText({ pluginId, toolId, agentId, description, requirements, input }: Question): string {
  const agent = agentId === DEFAULT_AGENT_ID ? "the default agent" : `agent ${oneLine(agentId)}`;
  const lines = [
    `The tool "${oneLine(toolId)}" of the plugin "${oneLine(pluginId)}" wants to run for ${agent}.`,
    ...block("what it says it does", describe(description)),
    ...(requirements.length > 0 ? block("what it requires", [oneLine(requirements.join(", "))]) : []),
    ...block("arguments", [oneLine(input)]),
  ];
  return `${lines.join("\n")}\n`;
}

function block(title: string, lines: readonly string[]): string[] {
  return [`${title}:`, ...lines.map((line) => `  | ${line}`)];
}

function describe(description: string): string[] {
  const lines = showHidden(description.trim()).split("\n");
  if (lines.length === 1 && lines[0] === "") return ["(nothing)"];
  const left = lines.length - DESCRIPTION_LINES_MAX;
  return left > 0 ? [...lines.slice(0, DESCRIPTION_LINES_MAX), `… (${left} more lines)`] : lines;
}

function oneLine(text: string): string {
  return showHidden(text).replaceAll(/\s+/g, " ");
}
