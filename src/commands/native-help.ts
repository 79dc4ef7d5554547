// Help for native plugins in the terminal: the tools of one, and the flags of a tool with what its author says of them.

import { shellWord } from "../base/shell-word.ts";
import type { Manifest, ManifestTool } from "../protocol/manifest.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { firstLine, optionSections, section } from "./help.ts";
import { NATIVE_OPTIONS } from "./native-arguments.ts";
import type { ToolFlag, ToolFlags } from "./native-flags.ts";
import { flagsInside, nestedFlags } from "./native-nested.ts";
import { mayHaveSecrets } from "./native-secrets.ts";

/** @param name how the plugin was called, program included. */
export function pluginHelp(name: string, { plugin_id, description = "", capabilities }: Manifest): string {
  const tools = capabilities.tools ?? [];
  const entries = tools.map((tool) => [oneLine(tool.id), firstLine(showHidden(tool.description))] as const);
  const about = description.trim() === "" ? "" : `\n${shown(description)}\n`;
  const none = entries.length === 0 ? `\nThe plugin ${oneLine(plugin_id)} has no tools.\n` : "";
  return `usage: ${name} TOOL [FLAGS]\n       ${name} TOOL --help\n${about}${section("Commands", entries)}${none}`;
}

/** @param name how the tool was called, program included. */
export function toolHelp(name: string, { description }: ManifestTool, flags: ToolFlags): string {
  // Secrets are no words: a line is seen and kept.
  const words = flags.all.filter(({ isRequired, isSecret }) => isRequired && !isSecret);
  const shownWords = words.map(({ path, isList }) => `[${oneLine(path[0]).toUpperCase()}${isList ? "..." : ""}]`);
  const usage = ["usage:", name, ...shownWords, "[FLAGS]"].join(" ");
  const about = description.trim() === "" ? "" : `\n${shown(description)}\n`;
  const only = flags.unnamed.map((property) => [oneLine(JSON.stringify(property)), "only with --args"] as const);
  const own = section("Options", [
    ...flags.all.flatMap((flag) => [flag, ...flagsInside(flag, flags.root)]).map(entryOf),
    ...only,
  ]);
  const any = flags.takesAny ? "\nThe tool says nothing of its arguments: --NAME VALUE gives any of them.\n" : "";
  return `${usage}\n${about}${own}${any}${examples(name, flags)}${notes(flags)}${optionSections(NATIVE_OPTIONS, "For every tool")}`;
}

function entryOf(flag: ToolFlag): readonly [string, string] {
  return [oneLine(spelling(flag)), aboutOf(flag)];
}

function spelling({ name, kind, isList, choices }: ToolFlag): string {
  if (kind === "boolean" && !isList) return `${name}, --no-${name.slice(2)}`;
  const known = choices && [...choices.keys()].join("|");
  return `${name} ${known !== undefined && known.length <= CHOICES_CHARS_MAX ? known : VALUES[kind]}`;
}

const VALUES: Readonly<Record<ToolFlag["kind"], string>> = {
  text: "TEXT",
  number: "NUMBER",
  integer: "INTEGER",
  boolean: "true|false",
  object: "JSON",
  array: "JSON",
  any: "VALUE",
};

/** Choices that are longer are named behind the flag. */
const CHOICES_CHARS_MAX = 40;

function aboutOf(flag: ToolFlag): string {
  const { about, isRequired, isSecret, isList, takesMany, choices, otherwise } = flag;
  const known = choices && [...choices.keys()];
  const notes = [
    isRequired ? requiredNote(flag) : "",
    isSecret ? "secret" : "",
    takesMany ? "repeatable, or a JSON list" : isList ? "repeatable" : "",
    known !== undefined && known.join("|").length > CHOICES_CHARS_MAX ? `one of ${known.join(", ")}` : "",
    otherwise === undefined || isSecret ? "" : `default ${otherwise}`,
  ].filter((note) => note !== "");
  return oneLine([about.trim(), notes.length > 0 ? `(${notes.join("; ")})` : ""].join(" ").trim());
}

/** Inside of something, by that: whoever leaves it out may leave this out. */
function requiredNote({ path }: ToolFlag): string {
  const outer = path.slice(0, -1);
  if (outer.length === 0) return "required";
  return outer.some((part) => typeof part === "number") ? "required of each item" : `required with ${outer.join(".")}`;
}

/** Lines that can be copied: what is required, and one with something inside of something. */
function examples(name: string, flags: ToolFlags): string {
  const required = flags.all.filter(({ isRequired, isSecret }) => isRequired && !isSecret);
  const nested = nestedFlags(flags).find(({ isSecret }) => !isSecret);
  const outside = required.filter(({ path }) => path[0] !== nested?.path[0]);
  const lines = [required, nested === undefined ? [] : [...outside, nested]].filter((line) => line.length > 0);
  if (lines.length === 0) return "";
  return `\nExamples:\n${lines.map((line) => `  ${oneLine([name, ...line.map(example)].join(" "))}`).join("\n")}\n`;
}

/** Names and choices are the plugin's: whoever copies the line must not run them. */
function example({ name, kind, choices, isPath }: ToolFlag): string {
  const value = choices?.keys().next().value ?? (isPath ? "FILE" : SAMPLES[kind]);
  return value === "" ? shellWord(name) : `${shellWord(name)} ${shellWord(value)}`;
}

const SAMPLES: Readonly<Record<ToolFlag["kind"], string>> = {
  text: "TEXT",
  number: "1.5",
  integer: "1",
  boolean: "",
  object: "{}",
  array: "[]",
  any: "VALUE",
};

function notes(flags: ToolFlags): string {
  if (flags.all.length === 0) return "";
  const secrets = mayHaveSecrets(flags) ? ["Secrets that are missing are asked for at a terminal."] : [];
  const hasTexts = flags.all.some(({ isList, kind }) => isList && kind === "text");
  const texts = hasTexts ? ["A list of texts takes one with each flag; a whole list goes in --args."] : [];
  const lines = ["@FILE as a value reads a file, @- standard input; @@ is a plain @.", ...texts, ...secrets];
  return `\nNotes:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}

const LINE_CHARS_MAX = 300;

/** Texts of a plugin's. */
function oneLine(text: string): string {
  const line = showHidden(text).replaceAll(/\s+/g, " ").trimEnd();
  return line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX).toWellFormed()}...` : line;
}

function shown(text: string): string {
  return neutralise(showHidden(text.trim()));
}
