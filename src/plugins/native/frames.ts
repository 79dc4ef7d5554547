// The numbers of the frames that cross the socket between host and runner. The layout is described in
// native/runner/frame.h, which holds the same numbers; frame-writer.ts packs frames, frame-reader.ts unpacks them.

export const PROTOCOL_VERSION = 1;
export const HEAD_BYTES = 24;
export const LENGTH_BYTES = 4;
export const FIELD_NULL = 0xffffffff;
export const TWO_32 = 2 ** 32;

export const KIND = {
  call: 1,
  return: 2,
  hostCall: 3,
  hostReturn: 4,
  chunk: 5,
  log: 6,
  hello: 7,
  ping: 8,
  pong: 9,
  fault: 10,
  dump: 11,
  credit: 12,
  ready: 13,
} as const;

export const STATUS = { null: 0, text: 1, refused: 2, tooLarge: 3 } as const;

export const ENTRY = { invoke: 1, route: 2, config: 3, event: 4, destroy: 5 } as const;
export type Entry = keyof typeof ENTRY;

export const LOAD_RESULT = {
  ok: 0,
  libraryFailed: 1,
  entryMissing: 2,
  entryNull: 3,
  tableIncomplete: 4,
  initNull: 5,
  manifestNull: 6,
  manifestTooLarge: 7,
} as const;

export const FEATURE = { route: 1, config: 2, event: 4 } as const;

export type FieldValue = string | null | Uint8Array;

/** What arrived is not a frame; the line cannot be used any further. */
export class FrameError extends Error {}

export function putU32(to: Uint8Array, at: number, value: number): void {
  to[at] = value;
  to[at + 1] = value >>> 8;
  to[at + 2] = value >>> 16;
  to[at + 3] = value >>> 24;
}

export function getU32(from: Uint8Array, at: number): number {
  return (from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24)) >>> 0;
}
