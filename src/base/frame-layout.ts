// The layout of a frame: how the host and the programs that it starts talk over a socket. The numbers of the kinds are
// those of the two sides (`plugins/native/frames.ts`, `store/database-frames.ts`); native/runner/frame.h describes the bytes.

export const HEAD_BYTES = 24;
export const LENGTH_BYTES = 4;
export const FIELD_NULL = 0xffffffff;
export const TWO_32 = 2 ** 32;

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
