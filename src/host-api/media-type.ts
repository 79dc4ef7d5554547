// Of which type a file is: by what is in it, and by its name only where that says the same as the content.

import { isUtf8 } from "node:buffer";
import { extname } from "node:path";
import { MEDIA_TYPE_SAMPLE_BYTES_MAX } from "../protocol/limits.ts";

const BINARY = "application/octet-stream";
const TEXT = "text/plain";
const XML = "application/xml";
/** Of a text, to see whether it looks like what its name says. */
const TEXT_SAMPLE_BYTES = 4096;

/** The type of a file with this name and these bytes. */
export async function mediaType(name: string, bytes: Buffer): Promise<string> {
  const known = await typeOfContent(bytes);
  if (known !== undefined && known !== XML) return known;
  if (known === undefined && !isText(bytes)) return BINARY;
  return typeOfText(name, bytes) ?? known ?? TEXT;
}

async function typeOfContent(bytes: Buffer): Promise<string | undefined> {
  if (bytes.length === 0) return undefined;
  const { fileTypeFromBuffer } = await import("file-type"); // Most plugins never read a file.
  // A file can be made such that looking at it fails; then its type is not known.
  const found = await fileTypeFromBuffer(bytes.subarray(0, MEDIA_TYPE_SAMPLE_BYTES_MAX)).catch(() => undefined);
  return found?.mime;
}

/** UTF-8 without the control characters that no text has. */
function isText(bytes: Buffer): boolean {
  if (!isUtf8(bytes) || bytes.includes(0)) return false;
  const start = bytes.subarray(0, TEXT_SAMPLE_BYTES);
  return !start.some((byte) => byte < 0x20 && !TEXT_CONTROLS.has(byte));
}

/** Backspace, tab, line feed, vertical tab, form feed, carriage return, escape. */
const TEXT_CONTROLS = new Set([8, 9, 10, 11, 12, 13, 27]);

interface TextType {
  readonly type: string;
  /** Whether a text that starts and ends like this can be one. */
  fits?(start: string, end: string): boolean;
}

const isMarkup = (start: string) => start.startsWith("<");
const JSON_VALUE: TextType = {
  type: "application/json",
  fits: (start, end) => {
    const ends = `${start.at(0) ?? ""}${end.at(-1) ?? ""}`;
    return ["{}", "[]", '""'].includes(ends) || /^(-?\d[\d.eE+-]*|true|false|null)$/.test(start);
  },
};
const JSON_LINES: TextType = { type: "application/x-ndjson", fits: (start) => /^[[{"]/.test(start) };
const HTML: TextType = { type: "text/html", fits: isMarkup };
const SCRIPT: TextType = { type: "text/javascript" };
const YAML: TextType = { type: "application/yaml" };
const MARKDOWN: TextType = { type: "text/markdown" };

/** In the order of their names. */
const TEXT_TYPES: ReadonlyMap<string, TextType> = new Map([
  [".css", { type: "text/css" }],
  [".csv", { type: "text/csv" }],
  [".htm", HTML],
  [".html", HTML],
  [".ics", { type: "text/calendar", fits: (start) => start.startsWith("BEGIN:VCALENDAR") }],
  [".js", SCRIPT],
  [".json", JSON_VALUE],
  [".jsonl", JSON_LINES],
  [".markdown", MARKDOWN],
  [".md", MARKDOWN],
  [".mjs", SCRIPT],
  [".ndjson", JSON_LINES],
  [".svg", { type: "image/svg+xml", fits: (start) => isMarkup(start) && start.includes("<svg") }],
  [".toml", { type: "application/toml" }],
  [".tsv", { type: "text/tab-separated-values" }],
  [".vcf", { type: "text/vcard", fits: (start) => start.startsWith("BEGIN:VCARD") }],
  [".xml", { type: XML, fits: isMarkup }],
  [".yaml", YAML],
  [".yml", YAML],
]);

/** What the name says, if the text can be that. */
function typeOfText(name: string, bytes: Buffer): string | undefined {
  const kind = TEXT_TYPES.get(extname(name).toLowerCase());
  if (kind === undefined) return undefined;
  const start = bytes
    .subarray(0, TEXT_SAMPLE_BYTES)
    .toString()
    .replace(/^\uFEFF/, "")
    .trim();
  const end = bytes.subarray(-TEXT_SAMPLE_BYTES).toString().trim();
  return (kind.fits?.(start, end) ?? true) ? kind.type : undefined;
}
