// One paste, from the mark in front of it to its end.
//
// What is pasted may hold the mark of its own end: terminals should take it out, and not all do. What follows would count as
// typed, and run. So a mark ends nothing by itself: the end is where nothing follows it. Until then everything belongs to the
// paste, Enter too; nobody types so soon.

import { EDITOR_TEXT_CHARS_MAX } from "../../protocol/limits.ts";

export interface Paste {
  readonly kind: "paste";
  readonly bytes: Buffer;
  /** It was larger than the editor holds: `bytes` is empty, because a part would say something else than the whole. */
  readonly isTooLarge: boolean;
}

export const PASTE_FROM = Buffer.from("\u001b[200~");
const PASTE_TO = Buffer.from("\u001b[201~");
const MARKS = /\u001b\[20[01]~/g;
/** A character of UTF-8 takes at most four; and the mark at the end. */
const RAW_BYTES_MAX = EDITOR_TEXT_CHARS_MAX * 4 + PASTE_TO.length;
const CTRL_C = 0x03;
/** What belongs to a paste comes faster, and what a person types slower. */
const QUIET_MS = 50;
/** After more than one mark at the very end, which is no paste as terminals send it: also a slow line has gone on by then. */
const DOUBTFUL_QUIET_MS = 500;

export class PasteReader {
  readonly #onEnd: (paste: Paste | "given up") => void;
  #chunks: Buffer[] = [];
  #byteCount = 0;
  /** The end of what came: a mark may have begun there. */
  #tail: Buffer = Buffer.alloc(0);
  #markCount = 0;
  #endsInMark = false;
  /** Since it was quiet the last time. */
  #isOnlyCtrlC = false;
  #timer: NodeJS.Timeout | undefined;
  #later: NodeJS.Immediate | undefined;

  /** @param onEnd called once; "given up" when Ctrl-C, alone, left a paste without an end. */
  constructor(onEnd: (paste: Paste | "given up") => void) {
    this.#onEnd = onEnd;
  }

  write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const known = Buffer.concat([this.#tail, bytes]);
    for (let at = known.indexOf(PASTE_TO); at !== -1; at = known.indexOf(PASTE_TO, at + 1)) this.#markCount++;
    this.#endsInMark = known.subarray(-PASTE_TO.length).equals(PASTE_TO);
    this.#tail = known.subarray(1 - PASTE_TO.length);
    this.#isOnlyCtrlC &&= bytes.every((byte) => byte === CTRL_C);
    this.#byteCount += bytes.length;
    if (this.#byteCount > RAW_BYTES_MAX) this.#chunks = [];
    else this.#chunks.push(bytes);
    this.#awaitQuiet();
  }

  #awaitQuiet(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#later);
    const isClear = this.#markCount === 0 || (this.#markCount === 1 && this.#endsInMark);
    // A timer that ran out on a busy machine comes before what is there to be read: that is waited for once more.
    const onQuiet = () => {
      this.#later = setImmediate(() => this.#onQuiet());
    };
    this.#timer = setTimeout(onQuiet, isClear ? QUIET_MS : DOUBTFUL_QUIET_MS);
  }

  #onQuiet(): void {
    if (this.#markCount > 0) return this.#onEnd(this.#paste());
    // Should the mark at the end be lost, this alone leaves what would never end.
    if (this.#isOnlyCtrlC) return this.#onEnd("given up");
    this.#isOnlyCtrlC = true;
  }

  #paste(): Paste {
    if (this.#byteCount > RAW_BYTES_MAX) return { kind: "paste", bytes: Buffer.alloc(0), isTooLarge: true };
    const text = Buffer.concat(this.#chunks).toString("latin1").replace(MARKS, "");
    return { kind: "paste", bytes: Buffer.from(text, "latin1"), isTooLarge: false };
  }
}
