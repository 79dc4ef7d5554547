// The line editor in the test's own process: keys go in, and a real emulator shows what it paints.

import type { InputEvent, KeyInput } from "../../src/terminal/editor/key-input.ts";
import { KeyReader } from "../../src/terminal/editor/key-reader.ts";
import { createLineEditor, type EditorOptions } from "../../src/terminal/editor/line-editor.ts";
import type { LookWish } from "../../src/terminal/look.ts";
import { lookOf } from "../../src/terminal/look.ts";
import { Screen } from "./screen.ts";
import { type KeyName, keyBytes } from "./terminal.ts";

type Parts = Partial<Omit<EditorOptions, "input" | "output" | "look">>;

export function testEditor({ columns = 40, rows = 12, wish = {} as LookWish, ...options }: Parts & TestSize = {}) {
  const screen = new Screen(columns, rows);
  const waiting: InputEvent[] = [];
  const state = {
    listener: undefined as ((event: InputEvent) => void) | undefined,
    suspended: 0,
    written: "",
    isClosed: false,
  };
  let onPaste = () => {};
  const tell = (event: InputEvent) => {
    waiting.push(event);
    if (event.kind === "paste") onPaste();
    while (state.listener !== undefined && waiting.length > 0) state.listener(waiting.shift()!);
  };
  const reader = new KeyReader(tell);
  const input: KeyInput = {
    start(listener) {
      state.listener = listener;
      while (state.listener !== undefined && waiting.length > 0) state.listener(waiting.shift()!);
    },
    stop() {
      state.listener = undefined;
    },
    suspend() {
      state.suspended++;
      tell({ kind: "stops" });
    },
  };
  const output = {
    isTerminal: true,
    columns,
    rows,
    get isClosed() {
      return state.isClosed;
    },
    write(text: string) {
      state.written += text;
      screen.write(text);
    },
  };
  const look = lookOf(output, { TERM: "xterm", LANG: "C.UTF-8", ...(wish.color ? {} : { NO_COLOR: "1" }) }, wish);
  const editor = createLineEditor({ history: [], ...options, input, output, look: () => look });
  return {
    editor,
    screen,
    state,
    tell,
    /** Waits until what was typed so far is painted. */
    async type(text: string | Buffer): Promise<string> {
      reader.write(Buffer.from(text));
      await settle();
      return screen.text();
    },
    /** Waits until the paste has ended, which takes a moment of quiet, and is painted. */
    async paste(...pieces: readonly (string | Buffer)[]): Promise<string> {
      const { promise, resolve } = Promise.withResolvers<void>();
      onPaste = resolve;
      for (const piece of ["\x1b[200~", ...pieces, "\x1b[201~"]) reader.write(Buffer.from(piece));
      await promise;
      await settle();
      return screen.text();
    },
    async press(...keys: readonly KeyName[]): Promise<string> {
      reader.write(Buffer.from(keys.map(keyBytes).join("")));
      await settle();
      return screen.text();
    },
    resize(newColumns: number, newRows: number) {
      output.columns = newColumns;
      output.rows = newRows;
      screen.resize(newColumns, newRows);
      tell({ kind: "resize" });
    },
    /** What was written since the last call. */
    takeWritten(): string {
      const { written } = state;
      state.written = "";
      return written;
    },
    settle,
  };

  async function settle(): Promise<void> {
    await new Promise(setImmediate);
    await screen.settled();
  }
}

interface TestSize {
  readonly columns?: number;
  readonly rows?: number;
  readonly wish?: LookWish;
}
