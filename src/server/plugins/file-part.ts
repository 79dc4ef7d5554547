// Sends a part of an open file, piece by piece, as fast as it is taken. The file may change meanwhile: what is sent is
// never longer than was promised, and when it would be shorter, the stream fails, so that nobody takes it for whole.

import { read } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { WEB_PIECE_BYTES_MAX } from "../../protocol/limits.ts";
import type { ByteRange } from "./byte-range.ts";

/** Owns the file: it is closed at the end, however the stream ends. */
export class FilePart extends Readable {
  readonly #file: FileHandle;
  #at: number;
  readonly #end: number;
  /** Called at the end of the read that is under way. */
  #whenRead: (() => void) | undefined;
  #isReading = false;

  constructor(file: FileHandle, { first, last }: ByteRange) {
    // One piece is read while another is on its way.
    super({ highWaterMark: 2 * WEB_PIECE_BYTES_MAX });
    this.#file = file;
    this.#at = first;
    this.#end = last + 1;
  }

  override _read(): void {
    const wanted = Math.min(WEB_PIECE_BYTES_MAX, this.#end - this.#at);
    if (wanted <= 0) {
      this.push(null);
      return;
    }
    this.#isReading = true;
    // With a callback: a promise for each piece costs something, and this is where files spend their time.
    read(this.#file.fd, Buffer.allocUnsafeSlow(wanted), 0, wanted, this.#at, (error, bytesRead, buffer) => {
      this.#isReading = false;
      if (this.#whenRead !== undefined) return this.#whenRead();
      if (error !== null) return void this.destroy(error);
      if (bytesRead === 0) return void this.destroy(new Error("the file became shorter while it was sent"));
      this.#at += bytesRead;
      this.push(buffer.subarray(0, bytesRead));
      // Without waiting to be asked: with the last byte the file can be closed.
      if (this.#at >= this.#end) this.push(null);
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const close = () => {
      this.#file.close().then(
        () => done(error),
        (problem: Error) => done(error ?? problem),
      );
    };
    // Its number may be another file's as soon as it is closed: a read that is under way is waited for.
    if (this.#isReading) this.#whenRead = close;
    else close();
  }
}
