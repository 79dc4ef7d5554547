// A help text as a document: what programs get that ask for help with --json.

import type { OrderedJson } from "../base/ordered-json.ts";
import { type GuideLine, guideLines } from "./guide-lines.ts";

interface GuideEntry {
  readonly name: string;
  readonly short_help: string;
}

/** What stands below a heading that is none of the usual ones. */
interface GuideSection {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly entries: readonly GuideEntry[];
}

/** Texts are lists of lines, without the empty ones. */
export interface Guide {
  readonly preamble: readonly string[];
  readonly usage: readonly string[];
  readonly commands: readonly GuideEntry[];
  readonly arguments: readonly GuideEntry[];
  readonly options: readonly GuideEntry[];
  readonly common_invocation_options: readonly GuideEntry[];
  readonly notes: readonly string[];
  readonly sections: readonly GuideSection[];
  readonly epilogue: readonly string[];
}

type Growing<T> = T extends readonly (infer Item)[]
  ? Growing<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Growing<T[K]> }
    : T;

/** Reads a help text; anything is one, if only with a preamble. */
export function parseGuide(text: string): Guide {
  const guide: Growing<Guide> = {
    preamble: [],
    usage: [],
    commands: [],
    arguments: [],
    options: [],
    common_invocation_options: [],
    notes: [],
    sections: [],
    epilogue: [],
  };
  let last: Growing<GuideEntry> | undefined;
  for (const line of guideLines(text)) {
    if (line.kind === "heading" || line.kind === "blank") {
      if (line.kind === "heading") last = undefined;
      if (line.kind === "heading" && line.place === "section") {
        guide.sections.push({ title: line.text, paragraphs: [], entries: [] });
      }
    } else if (line.kind === "entry") {
      last = { name: line.text, short_help: line.about };
      entriesOf(guide, line).push(last);
    } else if (line.kind === "more" && last) {
      last.short_help = last.short_help === "" ? line.text : `${last.short_help} ${line.text}`;
    } else textsOf(guide, line).push(line.text);
  }
  return guide;
}

function entriesOf(guide: Growing<Guide>, { place }: GuideLine): Growing<GuideEntry>[] {
  switch (place) {
    case "commands":
    case "arguments":
    case "options":
    case "common_invocation_options":
      return guide[place];
    default:
      return guide.sections.at(-1)!.entries;
  }
}

function textsOf(guide: Growing<Guide>, { place }: GuideLine): string[] {
  switch (place) {
    case "preamble":
    case "usage":
    case "notes":
      return guide[place];
    case "section":
      return guide.sections.at(-1)!.paragraphs;
    default:
      return guide.epilogue;
  }
}

/** The guide as data, its members in their order. */
export function guideDocument(guide: Guide): OrderedJson {
  return new Map<string, OrderedJson>([
    ["preamble", [...guide.preamble]],
    ["usage", [...guide.usage]],
    ["commands", entryRows(guide.commands)],
    ["arguments", entryRows(guide.arguments)],
    ["options", entryRows(guide.options)],
    ["common_invocation_options", entryRows(guide.common_invocation_options)],
    ["notes", [...guide.notes]],
    ["sections", guide.sections.map(sectionRow)],
    ["epilogue", [...guide.epilogue]],
  ]);
}

function sectionRow({ title, paragraphs, entries }: GuideSection): OrderedJson {
  return new Map<string, OrderedJson>([
    ["title", title],
    ["paragraphs", [...paragraphs]],
    ["entries", entryRows(entries)],
  ]);
}

function entryRows(entries: readonly GuideEntry[]): OrderedJson[] {
  return entries.map(
    ({ name, short_help }) =>
      new Map([
        ["name", name],
        ["short_help", short_help],
      ]),
  );
}

/** All entries as rows of one table, with the title that they stand below. */
export function guideRows(guide: Guide): OrderedJson[] {
  return titledEntries(guide).flatMap(({ title, entries }) =>
    entries.map(
      ({ name, short_help }) =>
        new Map([
          ["section", title],
          ["name", name],
          ["short_help", short_help],
        ]),
    ),
  );
}

/** The lists of a guide in the order in which they are shown. */
export function titledEntries(guide: Guide): Pick<GuideSection, "title" | "entries" | "paragraphs">[] {
  return [
    { title: "Commands", entries: guide.commands, paragraphs: [] },
    { title: "Arguments", entries: guide.arguments, paragraphs: [] },
    { title: "Options", entries: guide.options, paragraphs: [] },
    ...guide.sections,
    { title: "Common invocation options", entries: guide.common_invocation_options, paragraphs: [] },
  ];
}
