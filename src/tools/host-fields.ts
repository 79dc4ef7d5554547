// What the host adds to the arguments of a call: the plugin's secrets, and where the caller works ("Osaurus: Plugin
// Authoring", secrets). Added to the text, so that the rest of it reaches the plugin as it was written.

import { endOfJsonText, isJsonSpace } from "../protocol/json-bounds.ts";
import { HOST_FIELDS_BYTES_MAX } from "../protocol/limits.ts";

export interface HostFields {
  /** Every setting and secret that is stored for plugin and agent. */
  readonly secrets?: ReadonlyMap<string, string> | undefined;
  /** The caller's folder, absolute. */
  readonly workingDirectory?: string | undefined;
}

/** Members that come from the host alone. */
export const HOST_FIELD_NAMES: readonly string[] = ["_secrets", "_context"];

/**
 * The arguments with the host's members behind the caller's own.
 *
 * @param input JSON text that has none of them; texts of anything but an object stay as they are.
 * @returns nothing when there is more to add than fits into a call.
 */
export function withHostFields(input: string, fields: HostFields): string | undefined {
  const { text, isTooLarge, behindMember } = membersOf(fields);
  if (text === "") return input;
  const start = skipSpace(input, 0);
  if (input.charCodeAt(start) !== BRACE_OPEN) return input;
  if (isTooLarge) return undefined;
  const end = input.lastIndexOf("}");
  const isEmpty = skipSpace(input, start + 1) === end;
  // The fewer pieces, the less there is to join when the text is sent.
  if (!isEmpty && end === input.length - 1) return input.slice(0, end) + behindMember;
  return `${input.slice(0, end)}${isEmpty ? "" : ","}${text}${input.slice(end)}`;
}

/** The text of an object without members of these names, however their names are written. Valid JSON only. */
export function withoutMembers(input: string, names: readonly string[]): string {
  const start = skipSpace(input, 0) + 1;
  const end = input.lastIndexOf("}");
  const kept: string[] = [];
  for (let at = skipSpace(input, start); at < end; ) {
    const nameEnd = endOfJsonText(input, at) + 1;
    const valueEnd = endOfMember(input, nameEnd, end);
    const name = JSON.parse(input.slice(at, nameEnd)) as string;
    if (!names.includes(name)) kept.push(input.slice(at, valueEnd));
    at = skipSpace(input, valueEnd + 1);
  }
  return `${input.slice(0, start)}${kept.join(",")}${input.slice(end)}`;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

/** What the host adds, as text. */
interface Members {
  readonly text: string;
  /** It does not fit into a call. */
  readonly isTooLarge: boolean;
  /** With the comma before it and the brace behind it. */
  readonly behindMember: string;
}

const NO_MEMBERS: Members = { text: "", isTooLarge: false, behindMember: "}" };

/** Secrets change seldom: while the map is the same, so is their text. */
const secretMembers = new WeakMap<ReadonlyMap<string, string>, Members>();

function membersOf({ secrets, workingDirectory }: HostFields): Members {
  const ofSecrets = secrets === undefined || secrets.size === 0 ? NO_MEMBERS : membersOfSecrets(secrets);
  if (workingDirectory === undefined) return ofSecrets;
  const context = `"_context":${JSON.stringify({ working_directory: workingDirectory })}`;
  return asMembers(ofSecrets.text === "" ? context : `${ofSecrets.text},${context}`);
}

function membersOfSecrets(secrets: ReadonlyMap<string, string>): Members {
  let members = secretMembers.get(secrets);
  if (members === undefined) {
    const entries = [...secrets].map((entry) => entry.map((one) => JSON.stringify(one)).join(":"));
    members = asMembers(`"_secrets":{${entries.join(",")}}`);
    secretMembers.set(secrets, members);
  }
  return members;
}

function asMembers(text: string): Members {
  return { text, isTooLarge: Buffer.byteLength(text) > HOST_FIELDS_BYTES_MAX, behindMember: `,${text}}` };
}

/** Where the comma is that ends a member, or the end of the object. */
function endOfMember(text: string, from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfJsonText(text, at);
    else if (char === BRACE_OPEN || char === BRACKET_OPEN) depth++;
    else if (char === BRACE_CLOSE || char === BRACKET_CLOSE) depth--;
    else if (char === COMMA && depth === 0) return at;
  }
  return end;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isJsonSpace(text.charCodeAt(at))) at++;
  return at;
}
