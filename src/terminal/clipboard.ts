// Copies a text for the user: through the terminal, which also reaches the computer that they sit at, or by a program.

import { spawn } from "node:child_process";
import { CLIPBOARD_BYTES_MAX, CLIPBOARD_MS_MAX, CLIPBOARD_TERMINAL_BYTES_MAX } from "../protocol/limits.ts";
import { isDumb } from "./dumb-terminal.ts";
import type { CommandIo, Output } from "./io.ts";

/** That it was copied, or in words why not. */
export type Copied =
  | { readonly ok: true; readonly problem?: never }
  | { readonly ok?: never; readonly problem: string };

type ClipboardIo = Pick<CommandIo, "stdout" | "stderr" | "env" | "signal">;

/**
 * Puts a text into the clipboard. It must be harmless already: it may be pasted into a shell. A terminal does not say
 * whether it took it.
 */
export async function copyText(io: ClipboardIo, text: string): Promise<Copied> {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > CLIPBOARD_BYTES_MAX) return { problem: `${bytes.length} bytes are too much to be copied` };
  const terminal = [io.stdout, io.stderr].find(({ isTerminal }) => isTerminal);
  const most = terminalBytesMax(io.env);
  if (terminal !== undefined && takesCopies(io.env) && bytes.length <= most) return tell(terminal, bytes, io.env);
  for (const [program, ...args] of programs(io.env)) if (await runCopier(io, program, args, bytes)) return { ok: true };
  if (terminal !== undefined && takesCopies(io.env)) {
    return { problem: `${bytes.length} bytes are more than the ${most} that a terminal is given (OSC52_MAX_BYTES)` };
  }
  return { problem: "neither the terminal nor a program (pbcopy, wl-copy, xclip, xsel) took it" };
}

type Env = CommandIo["env"];

function takesCopies(env: Env): boolean {
  return !isDumb(env) && !["0", "false", "off"].includes(env["OSC52"]?.trim().toLowerCase() ?? "");
}

function terminalBytesMax(env: Env): number {
  const chosen = env["OSC52_MAX_BYTES"]?.trim() ?? "";
  return /^\d{1,9}$/.test(chosen) ? Number(chosen) : CLIPBOARD_TERMINAL_BYTES_MAX;
}

/** GNU screen takes no longer pieces than this of what it only passes on. */
const SCREEN_PIECE_CHARS = 240;

function tell(terminal: Output, bytes: Buffer, env: Env): Copied {
  const order = `\u001b]52;c;${bytes.toString("base64")}\u0007`;
  // By its settings, tmux passes on what is wrapped, or takes the order itself, or neither.
  if (env["TMUX"]) terminal.write(`\u001bPtmux;\u001b${order}\u001b\\${order}`);
  else if (env["STY"]) {
    const pieces = order.match(new RegExp(`[^]{1,${SCREEN_PIECE_CHARS}}`, "g"))!;
    terminal.write(pieces.map((piece) => `\u001bP${piece}\u001b\\`).join(""));
  } else terminal.write(order);
  return { ok: true };
}

type Copier = readonly [program: string, ...args: string[]];

/** Those that can work here, the likeliest first. */
function programs(env: Env): readonly Copier[] {
  const wayland: Copier[] = env["WAYLAND_DISPLAY"] ? [["wl-copy"]] : [];
  const x: Copier[] = env["DISPLAY"]
    ? [
        ["xclip", "-selection", "clipboard"],
        ["xsel", "--clipboard", "--input"],
      ]
    : [];
  return [["pbcopy"], ...wayland, ...x];
}

/**
 * Gives the bytes to a program; whether it took them. Some stay behind to hand the text out, by their own doing; what takes
 * too long is ended with all that it started.
 */
async function runCopier(
  { env, signal }: ClipboardIo,
  program: string,
  args: string[],
  bytes: Buffer,
): Promise<boolean> {
  if (signal.aborted) return false;
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"], detached: true, env: { ...env } });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const stop = () => {
    // A group of its own, so that no helper of it stays.
    if (child.pid !== undefined) endGroup(child.pid);
    resolve(false);
  };
  const timer = setTimeout(stop, CLIPBOARD_MS_MAX);
  signal.addEventListener("abort", stop, { once: true });
  child.once("error", () => resolve(false));
  child.once("exit", (code) => resolve(code === 0));
  child.stdin?.on("error", () => {}); // It need not read everything to fail.
  child.stdin?.end(bytes);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    child.stdin?.destroy();
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}
