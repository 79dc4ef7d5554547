// The numbers of the frames that cross the socket between host and a database's process, and how numbers lie in a field.
// native/database/protocol.h holds the same and says which fields a request has; base/frame-layout.ts has what all frames
// share.

export const KIND = { request: 1, answer: 2 } as const;

/** What is asked for. */
export const REQUEST = { open: 1, run: 2, rollback: 3, rekey: 4, check: 5, export: 6, script: 7 } as const;
export type Request = keyof typeof REQUEST;

/** How it ended. */
export const STATUS = {
  ok: 0,
  sql: 1,
  forbidden: 2,
  interrupted: 3,
  tooLarge: 4,
  corrupt: 5,
  full: 6,
  locked: 7,
  notADatabase: 8,
  cannotOpen: 9,
} as const;

/** Bits of an answer's numbers. */
export const FLAG = { inTransaction: 1, ignoredText: 2, ignoredParams: 4, rolledBack: 8, hasSettings: 16 } as const;

export const OPEN_FLAG = { guarded: 1, exclusive: 2, existing: 4 } as const;

export const RUN_KIND = { exec: 0, query: 1 } as const;

export const KEY_BYTES = 32;

/** What follows an answer's text: its flags, and SQLite's own code for an error (of `cannotOpen`: the system's). */
export const ANSWER_NUMBERS = 2;

const NUMBER_BYTES = 8;

/** Numbers as one field: eight bytes each, little endian. Parts are rounded up; what is below zero is zero. */
export function packNumbers(...numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * NUMBER_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, number] of numbers.entries()) {
    const whole = Math.min(Math.max(Math.ceil(number), 0), Number.MAX_SAFE_INTEGER);
    view.setBigUint64(index * NUMBER_BYTES, BigInt(whole), true);
  }
  return bytes;
}

/** The same, read; nothing when the field has another size. */
export function unpackNumbers(bytes: Uint8Array | null, count: number): number[] | undefined {
  if (bytes?.length !== count * NUMBER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => Number(view.getBigUint64(index * NUMBER_BYTES, true)));
}
