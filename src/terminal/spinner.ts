// Tells a person before a screen that something is waited for, and what. It stands on the last line of stderr and is gone
// before anything else is written there or on stdout. It is painted anew with each tick: keys that are typed ahead are shown in
// it, by the terminal itself.

import { PROGRESS_HINT_MS, PROGRESS_SHOWN_MS, PROGRESS_TICK_MS } from "../protocol/limits.ts";
import { isDumb } from "./dumb-terminal.ts";
import type { CommandIo, Output } from "./io.ts";
import { type Look, styled } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { cutLine, roughMeasure } from "./text-width.ts";

const UNICODE_SIGNS = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
const ASCII_SIGNS = [..."|/-\\"];
/** On a narrower screen, what is waited for is more important than how to end it. */
const HINT_COLUMNS_MIN = 36;
const ERASE_REST = "\u001b[K";

interface Progress {
  /** Whatever is written here, the line is gone first; while a question is asked, it stays away. */
  readonly io: CommandIo;
  /** Takes the line away for good. May be called again. */
  end(): void;
}

/** Whether there is somebody to tell: a terminal that can take a line back. */
function showsProgress({ stderr, env }: Pick<CommandIo, "stderr" | "env">): boolean {
  return stderr.isTerminal && !isDumb(env);
}

/** Does the work; when it takes long, says what is waited for. The work must write to the io that it is given. */
export async function withProgress<T>(
  io: CommandIo,
  { what, look }: { readonly what: string; readonly look: Look },
  work: (io: CommandIo) => Promise<T>,
): Promise<T> {
  const progress = startProgress(io, { what, look });
  try {
    return await work(progress.io);
  } finally {
    progress.end();
  }
}

/**
 * The same for work that begins in one place and ends in another: whoever starts it ends it.
 *
 * @param what is waited for; it may come from a plugin.
 */
export function startProgress(io: CommandIo, { what, look }: { readonly what: string; readonly look: Look }): Progress {
  if (!showsProgress(io)) return { io, end: () => {} };
  const line = new ProgressLine(io.stderr, neutralise(what).replaceAll(/\s+/g, " "), look);
  const end = () => {
    line.end();
    io.signal.removeEventListener("abort", end);
    shown.delete(end);
    if (shown.size === 0) process.off("exit", endAll);
  };
  if (shown.size === 0) process.on("exit", endAll);
  shown.add(end);
  io.signal.addEventListener("abort", end, { once: true });
  if (io.signal.aborted) end();
  return { io: behind(io, line, end), end };
}

/** A host runs commands of many terminals. */
const shown = new Set<() => void>();

/** What ends the program at once would leave the line behind, in front of the shell's prompt. */
function endAll(): void {
  for (const end of shown) end();
}

/** The io, each of whose faces takes the line away first. */
function behind(io: CommandIo, line: ProgressLine, end: () => void): CommandIo {
  const { prompt, promptHidden, talk, page } = io;
  const faces: Partial<CommandIo> = {
    stdout: outputBehind(io.stdout, line),
    stderr: outputBehind(io.stderr, line),
    ...(prompt && { prompt: async (question, until) => await line.without(() => prompt.call(io, question, until)) }),
    ...(promptHidden && {
      promptHidden: async (question) => await line.without(() => promptHidden.call(io, question)),
    }),
    ...(page && { page: async (text, command) => await line.without(() => page.call(io, text, command)) }),
    ...(talk && {
      async talk() {
        end();
        return await talk.call(io);
      },
    }),
  };
  // Copied without being looked at: to ask for the folder throws where there is none any more.
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(io)) as CommandIo;
  return Object.defineProperties(copy, Object.getOwnPropertyDescriptors(faces));
}

function outputBehind(output: Output, line: ProgressLine): Output {
  return {
    write(text) {
      line.makeRoom(output.isTerminal ? text : "");
      output.write(text);
    },
    isTerminal: output.isTerminal,
    ...(output.taken && { taken: () => output.taken!() }),
    get columns() {
      return output.columns;
    },
    get rows() {
      return output.rows;
    },
    get isClosed() {
      return output.isClosed === true;
    },
  };
}

class ProgressLine {
  readonly #output: Output;
  readonly #what: string;
  readonly #look: Look;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  /** What is on the screen, without the sign in front; undefined when nothing is. */
  #shown: string | undefined;
  /** Others have the screen, or their last line has no end yet. */
  #isAway = false;

  constructor(output: Output, what: string, look: Look) {
    this.#output = output;
    this.#what = what;
    this.#look = look;
    this.#timer = setTimeout(() => this.#begin(), PROGRESS_SHOWN_MS).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#erase();
  }

  /** Takes the line away for a text; it comes back with the next tick once that text is on lines of its own. */
  makeRoom(text: string): void {
    this.#erase();
    if (text !== "") this.#isAway = !text.endsWith("\n");
  }

  /** Takes the line away while somebody else has the screen. */
  async without<T>(work: () => Promise<T>): Promise<T> {
    this.#erase();
    this.#isAway = true;
    try {
      return await work();
    } finally {
      this.#isAway = false;
    }
  }

  #begin(): void {
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), PROGRESS_TICK_MS).unref();
  }

  #tick(): void {
    if (this.#isAway || this.#output.isClosed) return;
    const text = this.#text(performance.now() - this.#startedAt);
    const signs = this.#look.unicode ? UNICODE_SIGNS : ASCII_SIGNS;
    const sign = styled(signs[this.#turn++ % signs.length]!, "accent", this.#look);
    this.#output.write(`${this.#start()}${sign} ${styled(text, "muted", this.#look)}${ERASE_REST}`);
    this.#shown = text;
  }

  #text(waitedMs: number): string {
    const { unicode, columns = 80 } = this.#look;
    const dots = unicode ? "…" : "...";
    // A line that the terminal breaks could not be taken back; the last column stays free, too.
    const width = Math.max(1, Math.min(this.#output.columns ?? columns, columns) - 3);
    const seconds = waitedMs < 1_000 ? "" : ` ${duration(waitedMs)}`;
    const hint = waitedMs < PROGRESS_HINT_MS || width < HINT_COLUMNS_MIN ? "" : " (Ctrl-C ends it)";
    const rest = `${seconds}${hint}`;
    const room = Math.max(1, width - rest.length - 2);
    const what = cutLine(this.#what, room, { mark: dots, measure: roughMeasure });
    const whole = what.endsWith(dots) ? `${what}${rest}` : `${what} ${dots}${rest}`;
    return cutLine(whole, width, { mark: "", measure: roughMeasure });
  }

  #erase(): void {
    if (this.#shown === undefined) return;
    this.#output.write(`${this.#start()}${ERASE_REST}`);
    this.#shown = undefined;
  }

  /** Leads to where the line begins. */
  #start(): string {
    if (this.#shown === undefined) return "\r";
    // On a screen that became narrower meanwhile, the line takes several.
    const { columns } = this.#output;
    const wide = roughMeasure(this.#shown) + 2;
    const above = columns === undefined || columns < 1 ? 0 : Math.ceil(wide / columns) - 1;
    return above > 0 ? `\r\u001b[${above}A\u001b[J` : "\r";
  }
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
