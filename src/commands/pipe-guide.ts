// Help that goes through stages: a document for them, and what is left of it is printed as help again.

import type { JsonObject, OrderedJson } from "../base/ordered-json.ts";
import { printGuide } from "../terminal/guide.ts";
import { jsonText } from "../terminal/json-text.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { NO_META } from "../terminal/no-meta.ts";
import { guideDocument, parseGuide } from "../terminal/parse-guide.ts";
import { printResult } from "../terminal/result.ts";
import { cellText } from "../terminal/rows.ts";
import { type PrintInput, throughStages } from "./print-data.ts";
import type { GuideOptions } from "./show-guide.ts";

export async function pipeGuide(input: PrintInput, text: string, options: GuideOptions): Promise<void> {
  const document = guideDocument(parseGuide(neutralise(text)));
  const before = { data: document, meta: { ...NO_META, format_hint: "guide", preserve_json_document: true } };
  const { data, meta } = await throughStages(input, before);
  const { format } = options;
  if (!isGuide(data)) {
    const shown = meta.format_hint === "guide" ? { ...meta, format_hint: null } : meta;
    return await printResult(input.io, data, shown, options);
  }
  // Help is a list of the one document, as it is without stages.
  if (format === "json") return input.io.stdout.write(jsonText([data]));
  await printGuide(input.io, guideText(data), options);
}

const TEXTS = ["preamble", "usage", "notes", "epilogue"] as const;
const ENTRIES = {
  commands: "Commands",
  arguments: "Arguments",
  options: "Options",
  common_invocation_options: "Common invocation options",
} as const;
const MEMBERS: ReadonlySet<string> = new Set([...TEXTS, ...Object.keys(ENTRIES), "sections"]);

const SECTION_MEMBERS: ReadonlySet<string> = new Set(["title", "paragraphs", "entries"]);

/** Whether nothing but help is in it, with names: stages may have made something else of it, such as counts. */
function isGuide(data: OrderedJson): data is JsonObject {
  if (!(data instanceof Map) || !data.values().every(Array.isArray)) return false;
  return (
    data.keys().every((key) => MEMBERS.has(key)) &&
    Object.keys(ENTRIES).every((key) => items(data.get(key)).every(isEntry)) &&
    items(data.get("sections")).every(isSection)
  );
}

function isEntry(entry: OrderedJson): boolean {
  return entry instanceof Map && entry.has("name");
}

function isSection(section: OrderedJson): boolean {
  if (!(section instanceof Map)) return false;
  return section.keys().every((key) => SECTION_MEMBERS.has(key)) && items(section.get("entries")).every(isEntry);
}

function guideText(guide: JsonObject): string {
  const blocks = [
    lines(guide, "preamble").join("\n"),
    lines(guide, "usage")
      .map((line, at) => `${at === 0 ? "usage: " : "       "}${line}`)
      .join("\n"),
    ...Object.entries(ENTRIES).map(([key, title]) => titled(title, entryLines(guide.get(key)))),
    ...items(guide.get("sections")).map(sectionText),
    titled("Notes", lines(guide, "notes").map(indented)),
    lines(guide, "epilogue").join("\n"),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

function sectionText(section: OrderedJson): string {
  if (!(section instanceof Map)) return cellText(section);
  const paragraphs = lines(section, "paragraphs").map(indented);
  return titled(cellText(section.get("title") ?? "More"), [...paragraphs, ...entryLines(section.get("entries"))]);
}

function titled(title: string, body: readonly string[]): string {
  return body.length === 0 ? "" : `${title}:\n${body.join("\n")}`;
}

function entryLines(entries: OrderedJson | undefined): string[] {
  const pairs = items(entries).map((entry) =>
    entry instanceof Map ? [cellText(entry.get("name")), cellText(entry.get("short_help"))] : [cellText(entry), ""],
  );
  const width = pairs.reduce((most, [name]) => Math.max(most, name!.length), 0);
  return pairs.map(([name, about]) => indented(`${name!.padEnd(width)}  ${about}`.trimEnd()));
}

function lines(guide: JsonObject, key: string): string[] {
  return items(guide.get(key)).map(cellText);
}

function items(value: OrderedJson | undefined): readonly OrderedJson[] {
  return Array.isArray(value) ? value : [];
}

function indented(line: string): string {
  return `  ${line}`;
}
