// The numbers of the frames that cross the socket between host and runner. The layout is described in
// native/runner/frame.h, which holds the same numbers; base/frame-layout.ts has what all frames share.

export const PROTOCOL_VERSION = 1;

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
  check: 14,
  report: 15,
} as const;

export const STATUS = { null: 0, text: 1, refused: 2, tooLarge: 3 } as const;

export const ENTRY = { invoke: 1, route: 2, config: 3, event: 4, destroy: 5 } as const;
export type Entry = keyof typeof ENTRY;

/** The op of a checked runner's HELLO. */
export const CHECKS_ARE_MADE = 1;

/** Places in the host's table, its version among them. */
export const HOST_SLOTS = 25;

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
