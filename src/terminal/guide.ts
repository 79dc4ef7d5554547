// Prints help, a plugin's or our own: the text as it was written, or as data where another format was asked for.

import type { Format } from "../protocol/formats.ts";
import { guideLines } from "./guide-lines.ts";
import type { CommandIo } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { textOfLines } from "./lines.ts";
import { type Look, styled } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { NO_META } from "./no-meta.ts";
import { type PagedIo, type Pager, printPaged } from "./pager.ts";
import { type Guide, guideDocument, guideRows, parseGuide, titledEntries } from "./parse-guide.ts";

interface GuideOptions {
  readonly format: Format;
  readonly look: Look;
  readonly pager?: Pager | undefined;
}

/**
 * Prints a help text on stdout, made harmless. JSON is an array of the one document, a table has a row for every
 * command and option; a help text without any of them is printed as it is.
 */
export async function printGuide(
  io: PagedIo & Pick<CommandIo, "stderr">,
  text: string,
  { format, look, pager = "auto" }: GuideOptions,
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
  const shown = format === "md" ? markdown(parseGuide(clean)) : format === "value" ? clean : coloured(clean, look);
  await printPaged(io, shown.endsWith("\n") ? shown : `${shown}\n`, { json: false, pager });
}

/** The text with its headings and the names in its lists made visible. */
function coloured(text: string, look: Look): string {
  if (!look.color) return text;
  const lines: string[] = [];
  for (const { kind, line, text: part } of guideLines(text)) {
    const before = line.slice(0, line.length - line.trimStart().length);
    if (kind === "heading") lines.push(styled(line, "bold", look));
    else if (kind === "usage") {
      const at = line.trimEnd().length - part.length;
      lines.push(styled(line.slice(0, at), "bold", look) + line.slice(at));
    } else if (kind === "entry")
      lines.push(before + styled(part, "cyan", look) + line.slice(before.length + part.length));
    else lines.push(line);
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
