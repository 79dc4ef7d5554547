// The prompt, made from its template. Whatever the template says, the prompt ends in "> ".

import { type Config, configFlag, configText } from "../../config/config.ts";
import { PROMPT_PART_CHARS_MAX } from "../../protocol/limits.ts";
import { type Look, styled } from "../../terminal/look.ts";
import { showHidden } from "../../terminal/show-hidden.ts";
import type { Token } from "../../terminal/themes/theme.ts";

export interface PromptFacts {
  readonly config: Config;
  readonly look: Look;
  /** The commands that were entered, the outermost first. */
  readonly shells: readonly string[];
  /** How the newest line ended. */
  readonly newest: { readonly exitCode: number; readonly durationMs: number } | undefined;
}

export interface PromptTexts {
  readonly text: string;
  readonly right?: string;
  /** In front of further lines of one text. */
  readonly more: string;
}

const SIMPLE = "{profile} {indicator}> ";
const RIGHT = "{incognito} {status} {timing}";
const MORE = "... ";

export function promptOf(facts: PromptFacts): PromptTexts {
  const { config, look } = facts;
  const template = configText(config, "repl.prompt") ?? SIMPLE;
  // Without line characters, the frame of the template cannot be drawn.
  const isSimple =
    configFlag(config, "repl.simple_prompt") === true || (!look.unicode && /[\u2500-\u257f]/.test(template));
  const values = promptValues(facts);
  const right = filled(configText(config, "repl.prompt_right") ?? RIGHT, values, look);
  const text = `${filled(withIndicator(isSimple ? SIMPLE : template, facts), values, look)}${styled(">", "muted", look)} `;
  return { text, ...(right === "" ? {} : { right }), more: styled(MORE, "muted", look) };
}

/** A template that says nothing of the entered command gets it at its end. */
function withIndicator(template: string, { shells }: PromptFacts): string {
  const lines = template.replaceAll("\\n", "\n").replace(/\s*>\s*$/, "");
  return shells.length === 0 || lines.includes("{indicator}") ? lines : `${lines} {indicator}`;
}

type Values = Readonly<Record<string, readonly [text: string, style: Token]>>;

function promptValues({ config, shells, newest }: PromptFacts): Values {
  const text = (key: string) => onePart(configText(config, key) ?? "");
  const shell = shells.map(onePart).join(" / ");
  const indicator = onePart(configText(config, "repl.shell_indicator") ?? "[{shell}]");
  const isIncognito = configFlag(config, "repl.history.enabled") === false;
  return {
    user: [text("user.name"), "accent"],
    domain: [text("domain"), "accent"],
    profile: [onePart(config.profile), "title"],
    context: [onePart(config.profile), "title"],
    indicator: [shells.length === 0 ? "" : indicator.replaceAll("{shell}", () => shell), "info"],
    incognito: [isIncognito ? "(incognito)" : "", "warning"],
    status: [newest === undefined || newest.exitCode === 0 ? "" : `exit ${newest.exitCode}`, "error"],
    timing: [newest === undefined ? "" : timingText(newest.durationMs), "muted"],
  };
}

/** The template with its values, styled piece by piece, without the blanks that empty values leave. */
function filled(template: string, values: Values, look: Look): string {
  const isHole = (name: string) => Object.hasOwn(values, name) && values[name]![0] === "";
  const tidy = template
    .replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => (isHole(name) ? "" : whole))
    .replaceAll(/[ \t]{2,}/g, " ")
    .replaceAll(/[ \t]+$/gm, "")
    .trim();
  const pieces = tidy.split(/(\{[a-z]+\}|\n)/);
  return pieces.map((piece) => pieceText(piece, values, look)).join("");
}

function pieceText(piece: string, values: Values, look: Look): string {
  if (piece === "\n") return piece;
  const name = /^\{([a-z]+)\}$/.exec(piece)?.[1];
  if (name !== undefined && Object.hasOwn(values, name)) return styled(...values[name]!, look);
  return styled(showHidden(piece), "muted", look);
}

/** A name from the configuration or the environment, as one short piece of a line. */
function onePart(text: string): string {
  const line = showHidden(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= PROMPT_PART_CHARS_MAX ? line : `${line.slice(0, PROMPT_PART_CHARS_MAX - 1)}…`.toWellFormed();
}

function timingText(ms: number): string {
  if (ms < 1) return "<1ms";
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(2)}s`;
}
