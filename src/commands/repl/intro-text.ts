// What the shell says when it begins: one of four sizes, made from templates that may name any key of the configuration
// whose value is no secret.

import { VERSION } from "../../base/version.ts";
import { type Config, configText } from "../../config/config.ts";
import { MESSAGE_LEVELS, type MessageLevel } from "../../protocol/message-levels.ts";
import { showHidden } from "../../terminal/show-hidden.ts";
import { roughMeasure, wrapLine } from "../../terminal/text-width.ts";

const INTRO_LEVELS = ["none", "minimal", "compact", "full"] as const;
export type IntroLevel = (typeof INTRO_LEVELS)[number];

export interface IntroText {
  /** With a line break at its end; empty for none. Harmless, and hidden characters are spelled out. */
  readonly text: string;
  /** Keys that a template named and whose values are not shown. */
  readonly refused: readonly string[];
}

const TEMPLATES: Readonly<Record<Exclude<IntroLevel, "none">, string>> = {
  minimal: "Osprey {{version}}. {{help_hint}}",
  compact: "Osprey {{version}}, {{user}}@{{domain}}, profile {{profile}}.\n{{help_hint}}",
  full: "Welcome to Osprey {{version}}, {{display_name}}.\n\n{{overview}}\n\n{{help_hint}}",
};

const HELP_HINT = '"help" says more, Tab completes, "exit" or Ctrl-D leaves.';
const COMMANDS = "help plugins config theme alias history doctor last source exit";
const OVERVIEW = `  plugins commands        what your plugins offer
  COMMAND --help          how a command is used
  COMMAND | F name=x      filter, sort and group it; "| H" lists the verbs
  last                    the newest result once more`;

const ABOUT_INDENT = "    ";

/** The level that the configuration asks for, more or less of it for who wants to read more or less. */
export function introLevel(config: Config, upTo: MessageLevel): IntroLevel {
  const wanted = INTRO_LEVELS.indexOf((configText(config, "repl.intro") ?? "full") as IntroLevel);
  if (upTo === "error" || upTo === "warning" || wanted <= 0) return "none";
  const steps = MESSAGE_LEVELS.indexOf(upTo) - MESSAGE_LEVELS.indexOf("info");
  return INTRO_LEVELS[Math.min(Math.max(wanted + steps, 1), INTRO_LEVELS.length - 1)]!;
}

/** @param columns of the screen, where there is one: longer lines are broken at words. */
export function introText(config: Config, level: IntroLevel, columns?: number): IntroText {
  if (level === "none") return { text: "", refused: [] };
  const refused = new Set<string>();
  const template = configText(config, `repl.intro_template.${level}`) ?? TEMPLATES[level];
  const text = template.replaceAll("\\n", "\n").replaceAll(/\{\{\s*([\w.-]{1,200})\s*\}\}/g, (whole, name: string) => {
    const own = OWN[name]?.(config);
    if (own !== undefined) return own;
    const entry = config.find(name);
    if (entry === undefined) return whole;
    if (!entry.isSecret) return String(entry.resolved);
    refused.add(name);
    return "";
  });
  const lines = showHidden(text).trimEnd().split("\n");
  const shown = columns === undefined ? lines : lines.flatMap((line) => brokenLine(line, columns));
  return { text: text.trim() === "" ? "" : `${shown.join("\n")}\n`, refused: [...refused] };
}

/** Lines that fit. Of a list, what is said of a name goes below it. */
function brokenLine(line: string, columns: number): string[] {
  if (roughMeasure(line) <= columns) return [line];
  const [, indent = "", name = "", gap = "", about = ""] = /^( *)(\S.*?)(?:( {2,})(\S.*))?$/.exec(line) ?? [];
  const broken = (part: string, before: string) =>
    wrapLine(part, Math.max(1, columns - before.length), roughMeasure).map((one) => before + one);
  const most = indent.slice(0, columns / 4);
  return [...broken(name, most), ...(gap === "" ? [] : broken(about, `${most}${ABOUT_INDENT}`))];
}

const OWN: Readonly<Record<string, (config: Config) => string | undefined>> = {
  display_name: (config) =>
    ["user.display_name", "user.full_name", "user.name"]
      .map((key) => configText(config, key))
      .find((name) => name?.trim()),
  version: () => VERSION,
  "intro.commands": () => COMMANDS,
  help_hint: () => HELP_HINT,
  help: () => OVERVIEW,
  overview: () => OVERVIEW,
  user: (config) => configText(config, "user.name"),
  domain: (config) => configText(config, "domain"),
  profile: (config) => config.profile,
  theme_display: (config) => configText(config, "theme.name"),
};
