// Prints help, a plugin's or our own: the text as it was written, or as data where another format was asked for.

import type { Format } from "../protocol/formats.ts";
import { type GuideSection, guideSections, sectionsOfLevel } from "./guide-sections.ts";
import { type GuideStyle, WRITTEN_STYLE } from "./guide-style.ts";
import type { CommandIo } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { textOfLines } from "./lines.ts";
import { type Look, styled } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { NO_META } from "./no-meta.ts";
import { type PagedIo, type Pager, printPaged } from "./pager.ts";
import { type Guide, guideDocument, guideRows, parseGuide, titledEntries } from "./parse-guide.ts";

const TAB = "    ";

interface GuideOptions {
  readonly format: Format;
  readonly look: Look;
  readonly pager?: Pager | undefined;
  readonly style?: GuideStyle | undefined;
}

/**
 * Prints a help text on stdout, made harmless. JSON is an array of the one document, a table has a row for every
 * command and option; a help text without any of them is printed as a guide. That is laid out for a screen, and for all
 * else as it was written.
 */
export async function printGuide(
  io: PagedIo & Pick<CommandIo, "stderr">,
  text: string,
  { format, look, pager = "auto", style = WRITTEN_STYLE }: GuideOptions,
): Promise<void> {
  const clean = neutralise(text);
  if (format === "json") return io.stdout.write(jsonText([guideDocument(parseGuide(clean))], look));
  if (format === "table" || format === "mreg") {
    const guide = parseGuide(clean);
    const rows = format === "mreg" ? [guideDocument(guide)] : guideRows(guide);
    const { printResult } = await import("./result.ts");
    if (rows.length > 0) return await printResult(io, rows, NO_META, { format, look, pager });
  }
  if (clean === "") return;
  const shown =
    format === "md" ? markdown(parseGuide(clean)) : format === "value" ? clean : await guideText(clean, look, style);
  await printPaged(io, shown.endsWith("\n") ? shown : `${shown}\n`, { json: false, pager });
}

/** The help page as people see it. */
async function guideText(text: string, look: Look, style: GuideStyle): Promise<string> {
  if (look.columns === undefined && !look.color && style.level === "verbose") return text;
  const isScreen = look.columns !== undefined;
  const sections = sectionsOfLevel(guideSections(isScreen ? text.replaceAll("\t", TAB) : text), style.level);
  if (!isScreen) {
    const written = writtenText(sections, look);
    return style.level === "verbose" ? written : written.trimEnd();
  }
  const margin = " ".repeat(look.margin);
  const { drawnSections } = await import("./guide-drawing.ts");
  return drawnSections(sections, look, style)
    .map((line) => (line === "" ? "" : margin + line))
    .join("\n");
}

/** The sections as they were written, their titles and names made visible. */
function writtenText(sections: readonly GuideSection[], look: Look): string {
  const lines: string[] = [];
  for (const { title, titleLine, lines: body, blankBefore, blankAfter } of sections) {
    if (title !== undefined) lines.push(styled(titleLine, "title", look));
    lines.push(...blankBefore);
    for (const { kind, line, text } of body) {
      const at = kind === "usage" ? line.trimEnd().length - text.length : line.length - line.trimStart().length;
      if (kind === "usage") lines.push(styled(line.slice(0, at), "title", look) + line.slice(at));
      else if (kind === "entry")
        lines.push(line.slice(0, at) + styled(text, "accent", look) + line.slice(at + text.length));
      else lines.push(line);
    }
    lines.push(...blankAfter);
  }
  return lines.join("\n");
}

function markdown(guide: Guide): string {
  const blocks: string[][] = [];
  const titled = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) blocks.push([`## ${title}`, "", ...lines]);
  };
  if (guide.preamble.length > 0) blocks.push([...guide.preamble]);
  titled("Usage", fenced(guide.usage));
  for (const { title, paragraphs, entries } of titledEntries(guide)) {
    const list = entries.map((entry) => `- \`${entry.name}\` ${entry.short_help}`.trimEnd());
    titled(title, [...paragraphs, ...(paragraphs.length > 0 && list.length > 0 ? [""] : []), ...list]);
  }
  titled("Notes", guide.notes);
  if (guide.epilogue.length > 0) blocks.push([...guide.epilogue]);
  return textOfLines(
    blocks.flatMap((block, index) => (index === 0 ? block : ["", ...block])),
    { charsMax: Number.POSITIVE_INFINITY, margin: 0 },
  )!;
}

function fenced(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["```", ...lines, "```"];
}
