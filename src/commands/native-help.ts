// Help for native plugins in the terminal: the tools of one, and the flags of a tool with what its author says of them.

import type { Manifest, ManifestTool } from "../protocol/manifest.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { firstLine, optionSections, section } from "./help.ts";
import { NATIVE_OPTIONS } from "./native-arguments.ts";
import type { ToolFlag, ToolFlags } from "./native-flags.ts";

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
  const required = flags.all.filter(({ isRequired }) => isRequired);
  const words = required.map(({ property, isList }) => `${oneLine(property).toUpperCase()}${isList ? "..." : ""}`);
  const usage = [`usage: ${name}`, ...words.map((word) => `[${word}]`), "[FLAGS]"].join(" ");
  const about = description.trim() === "" ? "" : `\n${shown(description)}\n`;
  const only = flags.unnamed.map((property) => [oneLine(JSON.stringify(property)), "only with --args"] as const);
  const own = section("Options", [
    ...flags.all.map((flag) => [oneLine(spelling(flag)), aboutOf(flag)] as const),
    ...only,
  ]);
  const any = flags.takesAny ? "\nThe tool says nothing of its arguments: --NAME VALUE gives any of them.\n" : "";
  return `${usage}\n${about}${own}${any}${optionSections(NATIVE_OPTIONS, "For every tool")}`;
}

function spelling({ name, kind, isList, choices }: ToolFlag): string {
  if (kind === "boolean" && !isList) return `${name}, --no-${name.slice(2)}`;
  const known = choices && [...choices.keys()].join("|");
  return `${name} ${known !== undefined && known.length <= 40 ? known : VALUES[kind]}`;
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

function aboutOf({ about, isRequired, isList, choices, otherwise }: ToolFlag): string {
  const notes = [
    isRequired ? "required" : "",
    isList ? "repeatable" : "",
    choices !== undefined && [...choices.keys()].join("|").length > 40
      ? `one of ${[...choices.keys()].join(", ")}`
      : "",
    otherwise === undefined ? "" : `default ${otherwise}`,
  ].filter((note) => note !== "");
  return oneLine([about.trim(), notes.length > 0 ? `(${notes.join("; ")})` : ""].join(" ").trim());
}

const LINE_CHARS_MAX = 300;

/** Texts of a plugin's. */
function oneLine(text: string): string {
  const line = showHidden(text).replaceAll(/\s+/g, " ");
  return line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX).toWellFormed()}...` : line;
}

function shown(text: string): string {
  return neutralise(showHidden(text.trim()));
}
