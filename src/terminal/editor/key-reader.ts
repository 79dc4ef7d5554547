// What a terminal sends, taken apart: keys, and texts that are pasted. Node knows the keys. A paste never gets to it: what
// is pasted can be large, and its control characters are no keys.

import { EventEmitter } from "node:events";
import { emitKeypressEvents, type Key } from "node:readline";
import { PASTE_FROM, type Paste, PasteReader } from "./paste-reader.ts";

/** A key as the editor's table names it (`ctrl-a`, `alt-b`, `shift-tab`), or the character that it types. */
export interface KeyPress {
  readonly kind: "key";
  readonly name: string;
  /** What the key types; undefined for one that only does something. */
  readonly text: string | undefined;
}

/** Answers to questions that nobody waits for any more: texts that a terminal sends as control strings. */
const CONTROL_STRING = /\u001b[\]P_^X][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)/g;
/** A lone Escape is a key once nothing has followed it for so long; on a slow line the rest may come late. */
const ESCAPE_MS = 100;
const CTRL_C = "\u0003";
const CTRL_SPACE = "\0";

/** Takes bytes as they come, cut anywhere. Calls back for each key and paste, in their order. */
export class KeyReader {
  readonly #listener: (event: KeyPress | Paste) => void;
  readonly #keys = new EventEmitter();
  /** The end of what went to the keys: a mark may have begun there. */
  #tail: Buffer = Buffer.alloc(0);
  #paste: PasteReader | undefined;

  constructor(listener: (event: KeyPress | Paste) => void) {
    this.#listener = listener;
    const stream = this.#keys as unknown as NodeJS.ReadableStream;
    const timing = { escapeCodeTimeout: ESCAPE_MS } as unknown as Parameters<typeof emitKeypressEvents>[1];
    emitKeypressEvents(stream, timing);
    this.#keys.on("keypress", (text: string | undefined, key: Key) => this.#onKey(text, key));
  }

  write(bytes: Buffer): void {
    if (this.#paste === undefined) this.#readKeys(bytes);
    else this.#paste.write(bytes);
  }

  #readKeys(bytes: Buffer): void {
    const known = Buffer.concat([this.#tail, bytes]);
    const at = known.indexOf(PASTE_FROM);
    const keysTo = at === -1 ? bytes.length : at + PASTE_FROM.length - this.#tail.length;
    this.#tail = at === -1 ? known.subarray(Math.max(0, known.length - PASTE_FROM.length + 1)) : Buffer.alloc(0);
    // The mark itself goes to the keys as well, where it ends the sequence that it may have begun; nothing listens to it.
    const keys = bytes.subarray(0, keysTo).toString("latin1").replace(CONTROL_STRING, "");
    if (keys !== "") this.#keys.emit("data", Buffer.from(keys, "latin1"));
    if (at !== -1) this.#readPaste(bytes.subarray(keysTo));
  }

  #readPaste(bytes: Buffer): void {
    this.#paste = new PasteReader((pasted) => {
      this.#paste = undefined;
      if (pasted === "given up") this.#keys.emit("data", Buffer.from(CTRL_C));
      else this.#listener(pasted);
    });
    this.#paste.write(bytes);
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

function isControl(text: string): boolean {
  const code = text.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}
