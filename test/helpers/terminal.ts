// A terminal as a person has it: a program on a real pseudo-terminal, and what its screen shows.
//
//   await using terminal = await openTerminal({ command: ["osp"], env: home.env });
//   await terminal.until("> ");                  // waits until the screen shows it; fails with the screen when it never does
//   terminal.type("inventory li");               // as from a keyboard
//   terminal.press("tab", "enter", "ctrl-c");
//   await terminal.until((screen) => !screen.includes("menu"));
//   expect(terminal.screen()).toBe("...");       // what a person sees, trailing blanks cut
//   terminal.resize(40, 10);
//   expect(await terminal.exited).toMatchObject({ code: 0, isRaw: false });
//
// The program is a job of a small shell (test/fixtures/terminal/holds-a-terminal.py): Ctrl-Z stops it, `foreground` brings it
// back, `hangUp` takes the terminal away as a closed window does. The emulator answers the questions that programs ask a
// terminal, such as where the cursor is. Nothing polls: every wait ends with what the program writes, or at its deadline.
// A test that leaves its block leaves nothing behind: the program's group is killed, the terminal is closed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Screen } from "./screen.ts";

const HOLDER = join(import.meta.dirname, "../fixtures/terminal/holds-a-terminal.py");
/** Far longer than anything takes on a busy machine. */
const WAIT_MS_MAX = 15_000;

export interface TerminalOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The whole environment; TERM is xterm-256color unless it says otherwise. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
  /** false: a terminal that leaves programs' questions unanswered. */
  readonly answers?: boolean;
}

/** How the terminal was left: raw mode gives every key to the program, and a shell's user sees nothing of what they type. */
interface Left {
  readonly isRaw?: boolean;
  readonly echoes?: boolean;
  /** There was no terminal any more. */
  readonly isHungUp?: boolean;
}

interface Exit extends Left {
  readonly kind: "exited";
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Stop extends Left {
  readonly kind: "stopped";
}

type Event = { readonly kind: "started"; readonly pid: number } | Stop | Exit;
type Wanted = string | RegExp | ((screen: string) => boolean);

export interface TestTerminal extends AsyncDisposable {
  /** The program, and its process group. */
  readonly pid: number;
  type(text: string): void;
  press(...keys: readonly KeyName[]): void;
  /**
   * The text as a terminal passes on what is pasted; only what the program has asked for is marked. A key that follows
   * before the text is on the screen belongs to it.
   */
  paste(text: string): void;
  resize(columns: number, rows: number): void;
  /** What a person sees now; blanks at line ends and empty lines at the end are cut. */
  screen(): string;
  /** The same, and what scrolled away above. */
  everything(): string;
  /** Where the cursor stands, counted from 0. */
  cursor(): { readonly column: number; readonly row: number };
  /** Everything that the program has written. */
  raw(): string;
  /** Waits until the screen shows it. Fails at the deadline, and at once when the program ends before, with the screen. */
  until(wanted: Wanted): Promise<void>;
  /** Waits until the program is stopped (Ctrl-Z). */
  stopped(): Promise<Stop>;
  /** Lets a stopped program go on, as `fg` does. */
  foreground(): void;
  /** Closes the terminal, as closing its window does. */
  hangUp(): void;
  /** The program has ended, and the screen shows all that it wrote. */
  readonly exited: Promise<Exit>;
}

const KEYS = {
  enter: "\r",
  tab: "\t",
  "shift-tab": "\x1b[Z",
  escape: "\x1b",
  backspace: "\x7f",
  delete: "\x1b[3~",
  up: "\x1b[A",
  down: "\x1b[B",
  right: "\x1b[C",
  left: "\x1b[D",
  home: "\x1b[H",
  end: "\x1b[F",
  "page-up": "\x1b[5~",
  "page-down": "\x1b[6~",
  "ctrl-left": "\x1b[1;5D",
  "ctrl-right": "\x1b[1;5C",
  "ctrl-space": "\0",
  "ctrl-_": "\x1f",
  "alt-enter": "\x1b\r",
  "alt-backspace": "\x1b\x7f",
} as const;
type Letter = "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j" | "k" | "l" | "m" | "n" | "o" | "p" | "q" | "r";
type LastLetter = "s" | "t" | "u" | "v" | "w" | "x" | "y" | "z";
export type KeyName = keyof typeof KEYS | `${"ctrl" | "alt"}-${Letter | LastLetter}`;

/** What a keyboard sends for the key. */
export function keyBytes(key: KeyName): string {
  if (key in KEYS) return KEYS[key as keyof typeof KEYS];
  const letter = key.slice(-1);
  return key.startsWith("ctrl-") ? String.fromCharCode(letter.charCodeAt(0) & 0x1f) : `\x1b${letter}`;
}

/** Starts the program. The caller closes the terminal: `await using`. */
export async function openTerminal(options: TerminalOptions): Promise<TestTerminal> {
  const { command, env, cwd, columns = 80, rows = 24, answers = true } = options;
  const holder = spawn("python3", ["-I", "-S", HOLDER, String(columns), String(rows), ...command], {
    env: { TERM: "xterm-256color", ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["pipe", "pipe", "inherit", "pipe"],
  });
  const closed = once(holder, "close");
  const order = (line: string) => void (holder.stdin?.writable && holder.stdin.write(`${line}\n`));
  const type = (text: string) => order(`type ${Buffer.from(text).toString("base64")}`);
  holder.stdin?.on("error", () => {}); // It may have ended already.
  const screen = new Screen(columns, rows);
  if (answers) screen.onAnswer(type);
  const events = new Events(holder, screen);
  holder.stdout?.on("data", (bytes: Buffer) => screen.write(bytes));
  const { pid } = await events.started;
  return {
    pid,
    type,
    press: (...keys) => type(keys.map(keyBytes).join("")),
    paste: (text) => type(screen.marksPastes() ? `\x1b[200~${text}\x1b[201~` : text),
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows);
      order(`resize ${newColumns} ${newRows}`);
    },
    screen: () => screen.text(),
    everything: () => screen.everything(),
    cursor: () => screen.cursor(),
    raw: () => screen.raw(),
    until: (wanted) => untilShown(screen, wanted, events.exited),
    stopped: () => withDeadline(events.stopped(), () => `the program was not stopped\n${framed(screen)}`),
    foreground: () => order("foreground"),
    hangUp: () => order("hangup"),
    exited: events.exited,
    async [Symbol.asyncDispose]() {
      if (!events.hasExited) killGroup(pid);
      holder.stdin?.end();
      await closed;
      screen.close();
    },
  };
}

async function untilShown(screen: Screen, wanted: Wanted, exited: Promise<unknown>): Promise<void> {
  const isShown = () => {
    const text = screen.textToCursor();
    if (typeof wanted === "function") return wanted(text.trimEnd());
    return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => isShown() && resolve();
  const fail = (what: string) => reject(new Error(`${what} ${wanted}\n${framed(screen)}`));
  const stop = screen.onChange(look);
  const timer = setTimeout(() => fail(`the screen did not show in ${WAIT_MS_MAX} ms:`), WAIT_MS_MAX);
  look();
  const ended = () => (isShown() ? resolve() : fail("the program ended before its screen showed"));
  exited.then(ended, ended);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** What happened to the program, in the order of what it wrote: an event counts once the screen shows all that came before. */
class Events {
  readonly started: Promise<{ readonly pid: number }>;
  readonly exited: Promise<Exit>;
  hasExited = false;
  readonly #stops: Stop[] = [];
  #onStop: (() => void) | undefined;

  constructor(holder: ChildProcess, screen: Screen) {
    const started = Promise.withResolvers<{ readonly pid: number }>();
    const exited = Promise.withResolvers<Exit>();
    this.started = started.promise;
    this.exited = exited.promise;
    const happened = (event: Event) => {
      if (event.kind === "started") started.resolve(event);
      if (event.kind === "stopped") {
        this.#stops.push(event);
        this.#onStop?.();
      }
      if (event.kind !== "exited") return;
      this.hasExited = true;
      exited.resolve(event);
    };
    screen.onMark((text) => happened(JSON.parse(text)));
    createInterface({ input: holder.stdio[3] as Readable }).on("line", (line) => {
      const event: Event = JSON.parse(line);
      if (event.kind === "started" || event.isHungUp) happened(event);
    });
    holder.once("close", async () => {
      await screen.settled();
      const error = new Error("what holds the terminal ended before the program did");
      started.reject(error);
      exited.reject(error);
    });
    exited.promise.catch(() => {}); // Only whoever waits for it wants to hear of it.
  }

  async stopped(): Promise<Stop> {
    while (this.#stops.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onStop = resolve;
      await promise;
    }
    return this.#stops.shift()!;
  }
}

async function withDeadline<T>(work: Promise<T>, message: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(message())), WAIT_MS_MAX);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function framed(screen: Screen): string {
  const { column, row } = screen.cursor();
  const lines = screen.text().split("\n");
  return `the screen, its cursor in line ${row + 1}, column ${column + 1}:\n${lines.map((line) => `│${line}`).join("\n")}`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}
