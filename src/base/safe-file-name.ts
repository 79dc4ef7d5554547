// Makes a name for a file of one that somebody else thought up: a name by itself, that any system takes and that shows what
// it is.

import { extname } from "node:path";
import { HIDDEN_OR_CONTROL } from "../protocol/visible-text.ts";

/** File systems take 255; there is room for a number behind it. */
export const FILE_NAME_BYTES_MAX = 200;
const EXTENSION_BYTES_MAX = 20;

/** What Windows keeps for its devices, whatever stands behind a point. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;

/** The last part of a path, without what is hidden, forbidden, or too long; `file` where nothing is left. */
export function safeFileName(given: string): string {
  const last = given.split(/[/\\]/).findLast((part) => part.trim() !== "") ?? "";
  const plain = last
    .normalize("NFC")
    .toWellFormed()
    .replaceAll(HIDDEN_OR_CONTROL, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[<>:"|?*~$`]/g, "_");
  // A point in front hides a file, one behind it is lost on Windows.
  const trimmed = shortened(plain.replace(/^[. -]+/, "")).replace(/[. ]+$/, "");
  if (trimmed === "") return "file";
  return RESERVED.test(trimmed) ? `_${trimmed}` : trimmed;
}

/** The same name with a number, for one that is taken. */
export function numberedFileName(name: string, number: number): string {
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)}-${number}${extension}`;
}

/** Keeps the extension, when it is one. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= FILE_NAME_BYTES_MAX) return name;
  const extension = extname(name);
  const kept = Buffer.byteLength(extension) <= EXTENSION_BYTES_MAX ? extension : "";
  return withinBytes(name.slice(0, name.length - kept.length), FILE_NAME_BYTES_MAX - Buffer.byteLength(kept)) + kept;
}

function withinBytes(text: string, bytesMax: number): string {
  let bytes = 0;
  let end = 0;
  for (const char of text) {
    bytes += Buffer.byteLength(char);
    if (bytes > bytesMax) break;
    end += char.length;
  }
  return text.slice(0, end);
}
