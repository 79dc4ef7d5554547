// Finds out what the lines of a help text are. There is no grammar for help; these are the habits that most programs share.

/** Where a line belongs to. A heading that is not known opens a section of its own. */
type Place =
  | "preamble"
  | "usage"
  | "commands"
  | "arguments"
  | "options"
  | "common_invocation_options"
  | "notes"
  | "section"
  | "epilogue";

export interface GuideLine {
  readonly kind: "blank" | "heading" | "usage" | "entry" | "more" | "text";
  /** As it stands in the text. */
  readonly line: string;
  readonly place: Place;
  /** Of a heading its title, of an entry its name, of `usage: x` and all others what they say. */
  readonly text: string;
  /** What an entry says behind its name; empty for the others. */
  readonly about: string;
}

const PLACES: ReadonlyMap<string, Place> = new Map([
  ["usage", "usage"],
  ["commands", "commands"],
  ["available commands", "commands"],
  ["subcommands", "commands"],
  ["arguments", "arguments"],
  ["positional arguments", "arguments"],
  ["options", "options"],
  ["optional arguments", "options"],
  ["flags", "options"],
  ["common invocation options", "common_invocation_options"],
  ["everywhere", "common_invocation_options"],
  ["notes", "notes"],
]);
const ENTRY_PLACES: ReadonlySet<Place> = new Set(["commands", "arguments", "options", "common_invocation_options"]);
const HEADING_CHARS_MAX = 100;
/** Between an entry's name and what is said of it. */
const GAP = / {2,}|\t/;

interface State {
  place: Place;
  isAfterBlank: boolean;
  /** `usage: x` ends with the first empty line; what is below a heading does not. */
  isUsageLine: boolean;
  /** How far the entries of this section are indented; undefined before the first. */
  entryIndent: number | undefined;
}

/** Every line of the text, and what it is. */
export function* guideLines(text: string): Iterable<GuideLine> {
  const state: State = { place: "preamble", isAfterBlank: false, isUsageLine: false, entryIndent: undefined };
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    yield { line: raw, ...read(line, state) };
    state.isAfterBlank = line === "";
  }
}

type Reading = Omit<GuideLine, "line">;

function read(line: string, state: State): Reading {
  if (line === "") return reading("blank", state, "");
  const indent = line.length - line.trimStart().length;
  const title = indent === 0 ? headingOf(line) : undefined;
  if (title !== undefined) {
    Object.assign(state, { place: PLACES.get(title.toLowerCase()) ?? "section", entryIndent: undefined });
    state.isUsageLine = false;
    return reading("heading", state, title);
  }
  const usage = /^usage:[ \t]+/i.exec(line)?.[0];
  if (usage !== undefined) {
    Object.assign(state, { place: "usage", isUsageLine: true });
    return reading("usage", state, line.slice(usage.length));
  }
  leavePlace(indent, state);
  const isList = ENTRY_PLACES.has(state.place) || state.place === "section";
  return isList && indent > 0 ? entryOrText(line, indent, state) : reading("text", state, line.trim());
}

function headingOf(line: string): string | undefined {
  if (!line.endsWith(":") || line.length > HEADING_CHARS_MAX) return undefined;
  return line.slice(0, -1).trim() || undefined;
}

/** Sentences behind the usage describe the program; sentences behind its lists are the end. */
function leavePlace(indent: number, state: State): void {
  const { place, isAfterBlank, isUsageLine } = state;
  if (place === "usage" && isAfterBlank && (isUsageLine || indent === 0)) state.place = "preamble";
  if (ENTRY_PLACES.has(place) && indent === 0) state.place = "epilogue";
}

function entryOrText(line: string, indent: number, state: State): Reading {
  const text = line.trim();
  const isDeeper = state.entryIndent !== undefined && indent > state.entryIndent;
  // Options without a short form are often indented to stand below the long form of others.
  if (isDeeper && !text.startsWith("-")) return reading("more", state, text);
  const gap = GAP.exec(text);
  const isEntry = gap !== null || text.startsWith("-") || ENTRY_PLACES.has(state.place);
  if (!isEntry) return reading("text", state, text);
  state.entryIndent = Math.min(indent, state.entryIndent ?? indent);
  if (gap === null) return reading("entry", state, text);
  return reading("entry", state, text.slice(0, gap.index), text.slice(gap.index).trim());
}

function reading(kind: GuideLine["kind"], { place }: State, text: string, about = ""): Reading {
  return { kind, place, text, about };
}
