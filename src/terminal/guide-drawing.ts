// Draws a help text on a screen: its sections with their titles, lists whose texts stand below each other, and no line
// wider than the screen.

import type { GuideLine } from "./guide-lines.ts";
import type { GuideSection } from "./guide-sections.ts";
import type { GuideStyle } from "./guide-style.ts";
import { type Look, styled } from "./look.ts";
import { tableLines } from "./table.ts";
import { roughMeasure, wrapLine } from "./text-width.ts";

/** As wide as most help is written; rules across a wide screen look lost. */
const RULE_COLUMNS_MAX = 80;
/** On a narrower screen, texts stand below the names. */
const BESIDE_COLUMNS_MIN = 56;
/** A longer name has its text below it. */
const NAME_COLUMNS_MAX = 34;
const GAP_COLUMNS = 2;
const TEXT_INDENT = 4;

/** The lines of the sections. `look.columns` must be known. */
export function drawnSections(sections: readonly GuideSection[], look: Look, style: GuideStyle): string[] {
  const isBox = style.frame === "square" || style.frame === "round";
  const lines: string[] = [];
  for (const [index, section] of sections.entries()) {
    const next = sections[index + 1];
    const before = sections[index - 1];
    const isJoined = (one: GuideSection | undefined) =>
      style.sharesRules && section.title !== undefined && one?.title !== undefined;
    const edges = { joinsBefore: isJoined(before), joinsNext: isJoined(next) };
    lines.push(...(isBox ? boxed(section, look, style, edges) : ruled(section, look, style, edges)));
    if (next === undefined) break;
    const spacing = style.sectionSpacing ?? Math.max(section.blankAfter.length, section.title === undefined ? 0 : 1);
    if (!(isBox && edges.joinsNext)) lines.push(...Array<string>(spacing).fill(""));
  }
  return lines;
}

interface Edges {
  readonly joinsBefore: boolean;
  readonly joinsNext: boolean;
}

/** A title, in a line where the frame has one on top; and a line below, where it has one there that no title brings. */
function ruled(section: GuideSection, look: Look, style: GuideStyle, { joinsNext }: Edges): string[] {
  const body = bodyLines(section, look, style);
  if (section.title === undefined) return body;
  const { frame } = style;
  const hasTop = frame === "top" || frame === "top-bottom";
  const hasBottom = frame === "bottom" || (frame === "top-bottom" && !joinsNext);
  const columns = ruleColumns(look);
  const title = hasTop
    ? titledRule(section.title, columns, look)
    : titleLines(`${section.title}:`, look.columns!).map((line) => styled(line, "title", look));
  return [...title, ...body, ...(hasBottom ? [styled(lineOf(look).repeat(columns), "border", look)] : [])];
}

function titledRule(title: string, columns: number, look: Look): string[] {
  const line = lineOf(look);
  const room = columns - roughMeasure(title) - 3;
  // No line is left beside a title that takes all of it.
  if (room < 1) return titleLines(title, look.columns!).map((one) => styled(one, "title", look));
  const [start, end] = [`${line} `, ` ${line.repeat(room)}`];
  return [`${styled(start, "border", look)}${styled(title, "title", look)}${styled(end, "border", look)}`];
}

function titleLines(title: string, columns: number): string[] {
  return wrapLine(title, columns, roughMeasure);
}

const CORNERS = {
  round: { top: "╭╮", middle: "├┤", bottom: "╰╯", line: "─", side: "│" },
  square: { top: "┌┐", middle: "├┤", bottom: "└┘", line: "─", side: "│" },
} as const;
const ASCII_CORNERS = { top: "++", middle: "++", bottom: "++", line: "-", side: "|" };

function boxed(section: GuideSection, look: Look, style: GuideStyle, { joinsBefore, joinsNext }: Edges): string[] {
  if (section.title === undefined) return bodyLines(section, look, style);
  const columns = look.columns!;
  const corners = look.unicode ? CORNERS[style.frame as "round" | "square"] : ASCII_CORNERS;
  const inside = Math.max(1, columns - 4);
  const border = (text: string) => styled(text, "border", look);
  const body = bodyLines(section, { ...look, columns: inside }, style);
  const [left, right] = joinsBefore ? corners.middle : corners.top;
  const title = section.title;
  const rest = columns - roughMeasure(title) - 5;
  const top =
    rest < 0
      ? [border(`${left}${corners.line.repeat(Math.max(0, columns - 2))}${right}`), ...titleLines(title, inside)]
      : [
          `${border(`${left}${corners.line} `)}${styled(title, "title", look)}${border(` ${corners.line.repeat(rest)}${right}`)}`,
        ];
  const side = border(corners.side);
  const rows = [...top.slice(1), ...body].map(
    (line) => `${side} ${line}${" ".repeat(Math.max(0, inside - visibleColumns(line)))} ${side}`,
  );
  const bottom = `${corners.bottom[0]}${corners.line.repeat(Math.max(0, columns - 2))}${corners.bottom[1]}`;
  return [top[0]!, ...rows, ...(joinsNext ? [] : [border(bottom)])];
}

function visibleColumns(line: string): number {
  return roughMeasure(line.replace(/\u001b\[[0-9;]*m/g, ""));
}

function lineOf({ unicode }: Look): string {
  return unicode ? "─" : "-";
}

function ruleColumns({ columns }: Look): number {
  return Math.min(columns!, RULE_COLUMNS_MAX);
}

/** What stands below the title. Lists are laid out anew where that is wanted, or where they do not fit as they are. */
function bodyLines({ lines }: GuideSection, look: Look, style: GuideStyle): string[] {
  const hasEntries = lines.some(({ kind }) => kind === "entry");
  if (hasEntries && style.tableBorder !== "none") return entryTable(lines, look, style);
  const isMoved = style.entryIndent !== undefined || style.entryGap !== undefined;
  const fits = lines.every(({ line }) => roughMeasure(line) <= look.columns!);
  if (hasEntries && (isMoved || !fits)) return laidOut(lines, look, style);
  return lines.flatMap((one) => writtenLines(one, look));
}

/** A line as it was written, its parts made visible; broken to fit, with its indent. */
function writtenLines({ kind, line, text }: GuideLine, look: Look): string[] {
  const indent = line.length - line.trimStart().length;
  const isSentence = kind !== "usage" && kind !== "entry";
  const others = isSentence ? indent : indent + 2;
  const [first = "", ...more] =
    roughMeasure(line) > look.columns!
      ? wrapped(line.trim(), look.columns!, { first: indent, others })
      : [line.trimEnd()];
  if (isSentence) return [first, ...more];
  const at = kind === "usage" ? line.trimEnd().length - text.length : indent;
  if (kind === "usage") return [styled(first.slice(0, at), "title", look) + first.slice(at), ...more];
  // A name that was broken itself is left as it is.
  const isWhole = first.startsWith(text, at);
  return [isWhole ? first.slice(0, at) + styled(text, "accent", look) + first.slice(at + text.length) : first, ...more];
}

interface Entry {
  readonly name: string;
  about: string;
}

/** The entries with the lines that go on with them, and everything else as it is. */
function entriesIn(lines: readonly GuideLine[]): (Entry | GuideLine)[] {
  const found: (Entry | GuideLine)[] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (line.kind === "entry") found.push({ name: line.text, about: line.about });
    else if (line.kind === "more" && last !== undefined && "about" in last && !("kind" in last)) {
      last.about = `${last.about} ${line.text}`.trim();
    } else found.push(line);
  }
  return found;
}

function laidOut(lines: readonly GuideLine[], look: Look, style: GuideStyle): string[] {
  const all = entriesIn(lines);
  const columns = look.columns!;
  const written = lines.find(({ kind }) => kind === "entry")?.line ?? "";
  const indent = Math.min(style.entryIndent ?? written.length - written.trimStart().length, Math.floor(columns / 4));
  const gap = Math.min(style.entryGap ?? GAP_COLUMNS, Math.floor(columns / 4));
  const names = all.flatMap((one) => ("kind" in one ? [] : [roughMeasure(one.name)]));
  const width = names.reduce((most, one) => (one > NAME_COLUMNS_MAX ? most : Math.max(most, one)), 0);
  const isBeside = columns >= BESIDE_COLUMNS_MIN && indent + width + gap < columns / 2 + 8;
  const textAt = isBeside ? indent + width + gap : Math.min(indent + TEXT_INDENT, columns - 1);
  return all.flatMap((one) => {
    if ("kind" in one) return writtenLines(one, look);
    const name = wrapped(one.name, columns, { first: indent, others: indent }).map(
      (line) => line.slice(0, indent) + styled(line.slice(indent), "accent", look),
    );
    if (one.about === "") return name;
    const about = wrapped(one.about, columns, { first: textAt, others: textAt });
    const fitsBeside = isBeside && name.length === 1 && indent + roughMeasure(one.name) + gap <= textAt;
    if (!fitsBeside) return [...name, ...about];
    const space = " ".repeat(textAt - indent - roughMeasure(one.name));
    return [`${name[0]}${space}${about[0]!.slice(textAt)}`, ...about.slice(1)];
  });
}

function entryTable(lines: readonly GuideLine[], look: Look, style: GuideStyle): string[] {
  const all = entriesIn(lines);
  const indent = style.entryIndent ?? 0;
  const columns = Math.max(1, look.columns! - indent);
  const rows = all.flatMap((one) => ("kind" in one ? [] : [[one.name, one.about]]));
  const table = { columns: [{ label: "name" }, { label: "about" }], rows };
  const drawn = [...tableLines(table, { ...look, columns, border: style.tableBorder }, roughMeasure)];
  const rest = all.flatMap((one) => ("kind" in one ? writtenLines(one, look) : []));
  return [...drawn.map((line) => " ".repeat(indent) + line), ...rest];
}

/** A text broken into lines that fit, each with its indent. */
function wrapped(text: string, columns: number, { first, others }: { first: number; others: number }): string[] {
  const width = Math.max(1, columns - Math.max(first, others));
  const lines = wrapLine(text, width, roughMeasure);
  return lines.map((line, index) => " ".repeat(index === 0 ? first : others) + line);
}
