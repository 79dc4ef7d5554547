// Things to click on, for terminals that know them. What is shown is always the very address that a click opens, so that
// nobody is led elsewhere than where they read.

import { LINK_CHARS_MAX } from "../protocol/limits.ts";
import { type Look, styled } from "./look.ts";

const START = "\u001b]8;";
const END = "\u001b\\";
const ADDRESS = /^https?:\/\/[\u0021-\u007e]+$/i;
/** Everything that is printed for a link but its text. */
const MARKS = /\u001b\]8;[^\u001b\u0007]*(?:\u001b\\|\u0007)/g;

/**
 * The address that a text is, if it is nothing else: of the web, all in plain characters that look like no others, and
 * without a name in front of the host, which could be taken for one.
 */
export function addressIn(text: string): string | undefined {
  if (text.length > LINK_CHARS_MAX || !ADDRESS.test(text) || !URL.canParse(text)) return undefined;
  const { username, password } = new URL(text);
  return username === "" && password === "" ? text : undefined;
}

/** The text, or a part of it, as a link to the address. It keeps its width. */
export function linked(
  text: string,
  address: string | undefined,
  look: Pick<Look, "color" | "theme" | "links">,
): string {
  if (!look.links || address === undefined || text === "") return text;
  // By the same id, a terminal knows the parts of an address that was broken into lines for one.
  return `${START}id=${idOf(address)};${address}${END}${styled(text, "link", look)}${START};${END}`;
}

/** A text without the marks of links, for a program that may not know them. */
export function withoutLinks(text: string): string {
  return text.includes(START) ? text.replace(MARKS, "") : text;
}

function idOf(address: string): string {
  let hash = 0;
  for (let at = 0; at < address.length; at++) hash = (Math.imul(hash, 31) + address.charCodeAt(at)) | 0;
  return (hash >>> 0).toString(36);
}
