// Puts a script into an HTML page while it passes. What was read is held back until its place is known, which for ordinary
// pages is soon; behind that, everything passes as it comes. The charset does not matter as long as it has ASCII in it, and
// UTF-16 is known by its byte order mark.

import { Transform, type TransformCallback } from "node:stream";
import { ScriptPlace } from "./find-script-place.ts";

/** Long enough for each byte order mark. */
const MARK_BYTES_MAX = 3;
const NOT_ASCII = 0xff;

export class HtmlInjector extends Transform {
  readonly #script: string;
  #place: HtmlPlace | undefined = new HtmlPlace();

  constructor(script: string) {
    super();
    this.#script = script;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#place === undefined) return done(null, chunk);
    if (this.#place.push(chunk)) this.#let();
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#let();
    done();
  }

  #let(): void {
    for (const piece of this.#place?.split(this.#script) ?? []) if (piece.length > 0) this.push(piece);
    this.#place = undefined;
  }
}

/** The beginning of a page, up to where it is known where a script goes. */
export class HtmlPlace {
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #place: ScriptPlace | undefined;
  #encoding: "latin1" | "utf16le" | "utf16be" = "latin1";
  /** A half of a character of two bytes. */
  #half: number | undefined;

  /** Whether the place is known now. */
  push(chunk: Buffer): boolean {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#place !== undefined) return this.#read(chunk);
    if (this.#heldBytes < MARK_BYTES_MAX) return false;
    return this.#begin();
  }

  /** What was held, with the script in it. */
  split(script: string): Buffer[] {
    if (this.#place === undefined) this.#begin();
    this.#place!.end();
    const all = Buffer.concat(this.#held);
    const at = this.#place!.at!;
    const text = this.#encoding === "latin1" ? Buffer.from(script, "latin1") : Buffer.from(script, "utf16le");
    return [all.subarray(0, at), this.#encoding === "utf16be" ? text.swap16() : text, all.subarray(at)];
  }

  #begin(): boolean {
    const bytes = Buffer.concat(this.#held);
    const mark = bytes.subarray(0, MARK_BYTES_MAX).toString("hex");
    if (mark.startsWith("fffe")) this.#encoding = "utf16le";
    else if (mark.startsWith("feff")) this.#encoding = "utf16be";
    const markBytes = this.#encoding !== "latin1" ? 2 : mark === "efbbbf" ? 3 : 0;
    this.#place = new ScriptPlace(this.#encoding === "latin1" ? 1 : 2, markBytes);
    return this.#read(bytes.subarray(markBytes));
  }

  #read(bytes: Buffer): boolean {
    const place = this.#place!;
    for (let at = 0; at < bytes.length && place.at === undefined; at++) {
      const byte = bytes[at]!;
      if (this.#encoding === "latin1") place.push(byte);
      else if (this.#half === undefined) this.#half = byte;
      else {
        const [low, high] = this.#encoding === "utf16le" ? [this.#half, byte] : [byte, this.#half];
        this.#half = undefined;
        place.push(high === 0 ? low : NOT_ASCII);
      }
    }
    return place.at !== undefined;
  }
}
