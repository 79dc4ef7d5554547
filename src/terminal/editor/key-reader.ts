// What a terminal sends, taken apart: keys, and texts that are pasted. Node knows the keys. A paste never gets to it: what
// is pasted can be large, and its control characters are no keys.

import { EventEmitter } from "node:events";
import { emitKeypressEvents, type Key } from "node:readline";
import { EDITOR_TEXT_CHARS_MAX } from "../../protocol/limits.ts";

/** A key as the editor's table names it (`ctrl-a`, `alt-b`, `shift-tab`), or the character that it types. */
export interface KeyPress {
  readonly kind: "key";
  readonly name: string;
  /** What the key types; undefined for one that only does something. */
  readonly text: string | undefined;
}

export interface Paste {
  readonly kind: "paste";
  readonly bytes: Buffer;
  /** It was larger than the editor holds: `bytes` is empty, because a part would say something else than the whole. */
  readonly isTooLarge: boolean;
}

const PASTE_FROM = Buffer.from("\u001b[200~");
const PASTE_TO = Buffer.from("\u001b[201~");
/** A character of UTF-8 takes at most four. */
const PASTE_BYTES_MAX = EDITOR_TEXT_CHARS_MAX * 4;
/** Answers to questions that nobody waits for any more: texts that a terminal sends as control strings. */
const CONTROL_STRING = /\u001b[\]P_^X][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)/g;
/** A lone Escape is a key once nothing has followed it for so long; on a slow line the rest may come late. */
const ESCAPE_MS = 100;
const CTRL_C = 0x03;
const CTRL_SPACE = "\0";

/** Takes bytes as they come, cut anywhere. Calls back for each key and paste, in their order. */
export class KeyReader {
  readonly #listener: (event: KeyPress | Paste) => void;
  readonly #keys = new EventEmitter();
  /** The end of what went to the keys: a mark may have begun there. */
  #tail: Buffer = Buffer.alloc(0);
  #pasted: Buffer[] | undefined;
  #pastedBytes = 0;

  constructor(listener: (event: KeyPress | Paste) => void) {
    this.#listener = listener;
    const stream = this.#keys as unknown as NodeJS.ReadableStream;
    const timing = { escapeCodeTimeout: ESCAPE_MS } as unknown as Parameters<typeof emitKeypressEvents>[1];
    emitKeypressEvents(stream, timing);
    this.#keys.on("keypress", (text: string | undefined, key: Key) => this.#onKey(text, key));
  }

  write(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) rest = this.#pasted === undefined ? this.#readKeys(rest) : this.#readPaste(rest);
  }

  /** Gives what is left once the keys in front of a paste were read. */
  #readKeys(bytes: Buffer): Buffer {
    const known = Buffer.concat([this.#tail, bytes]);
    const at = known.indexOf(PASTE_FROM);
    const keysTo = at === -1 ? bytes.length : at + PASTE_FROM.length - this.#tail.length;
    const keys = bytes.subarray(0, keysTo);
    this.#tail = at === -1 ? known.subarray(Math.max(0, known.length - PASTE_FROM.length + 1)) : Buffer.alloc(0);
    if (at !== -1) this.#pasted = [];
    // The mark itself goes to the keys as well, where it ends the sequence that it may have begun; nothing listens to it.
    const text = keys.toString("latin1").replace(CONTROL_STRING, "");
    if (text !== "") this.#keys.emit("data", Buffer.from(text, "latin1"));
    return bytes.subarray(keysTo);
  }

  #readPaste(bytes: Buffer): Buffer {
    // Should the mark at the end be lost, Ctrl-C alone leaves what would never end.
    if (bytes.length === 1 && bytes[0] === CTRL_C) return this.#givePasteUp(bytes);
    const pasted = this.#pasted ?? [];
    // The mark may be cut: so much of what came before is looked at again.
    const before = Buffer.concat(pasted.slice(-PASTE_TO.length)).subarray(1 - PASTE_TO.length);
    const known = Buffer.concat([before, bytes]);
    const at = endOfPaste(known);
    const to = at === -1 ? bytes.length : at - before.length;
    this.#pastedBytes += to;
    if (this.#pastedBytes > PASTE_BYTES_MAX) this.#pasted = pasted.slice(-PASTE_TO.length);
    if (at === -1) {
      this.#pasted?.push(bytes);
      return Buffer.alloc(0);
    }
    const isTooLarge = this.#pastedBytes > PASTE_BYTES_MAX;
    const text = isTooLarge ? Buffer.alloc(0) : Buffer.concat([...pasted, bytes]).subarray(0, this.#pastedBytes);
    this.#givePasteUp(text);
    this.#listener({ kind: "paste", bytes: text, isTooLarge });
    return bytes.subarray(to + PASTE_TO.length);
  }

  #givePasteUp(bytes: Buffer): Buffer {
    this.#pasted = undefined;
    this.#pastedBytes = 0;
    return bytes;
  }

  #onKey(text: string | undefined, { name: known, ctrl, meta, shift, sequence = "" }: Key): void {
    const name = known ?? (meta && sequence.length === 2 ? sequence.slice(1) : "");
    if (name === "paste-start" || name === "paste-end") return;
    if (sequence === CTRL_SPACE) return this.#listener({ kind: "key", name: "ctrl-space", text: undefined });
    if (sequence === "\u001f") return this.#listener({ kind: "key", name: "ctrl-_", text: undefined });
    if (sequence === "\u001e") return this.#listener({ kind: "key", name: "ctrl-^", text: undefined });
    // Node takes Escape alone for an Escape in front of nothing.
    if (name === "escape") return this.#listener({ kind: "key", name, text: undefined });
    const isTyped = text !== undefined && !ctrl && !meta && !isControl(text);
    const modifiers = `${ctrl ? "ctrl-" : ""}${meta ? "alt-" : ""}${shift && name.length > 1 ? "shift-" : ""}`;
    this.#listener({ kind: "key", name: `${modifiers}${name}`, text: isTyped ? text : undefined });
  }
}

/**
 * Where the paste ends. What is pasted may hold the mark itself, so that the rest would count as typed: terminals should
 * take it out, and not all do. Of several marks that are there already, the last one before another paste counts.
 */
function endOfPaste(bytes: Buffer): number {
  const first = bytes.indexOf(PASTE_TO);
  if (first === -1) return -1;
  const next = bytes.indexOf(PASTE_FROM, first);
  return bytes.lastIndexOf(PASTE_TO, next === -1 ? undefined : next);
}

function isControl(text: string): boolean {
  const code = text.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}
