// Reads the stack that the runner prints when its plugin crashes (native/runner/crash.c): the lines that the C library's
// backtrace_symbols_fd writes. They come through a pipe that the plugin writes to as well, so they may be forged.

import { basename } from "node:path";

export interface StackFrame {
  /** The library or program that the address lies in; on macOS its name only. */
  readonly file: string;
  /** The nearest function that the file exports, if there is one. */
  readonly symbol: string | undefined;
  /** Behind the beginning of that function; without one, of the file. */
  readonly offset: bigint;
  /** Where it was in the memory of the process. */
  readonly address: bigint;
  /** Whether the address is that of the next instruction after a call, and not that of the crash itself. */
  readonly isReturn: boolean;
}

const HEADING = "[osprey-runner] the plugin crashed in ";
const RUNNERS: ReadonlySet<string> = new Set(["osprey-runner", "osprey-runner-checked"]);
/** As many as the runner prints, see native/runner/limits.h. */
const STACK_FRAMES_MAX = 64;
const LINE_CHARS_MAX = 4096;

/** `path(symbol+0x12)[0x7f00]`, `path(+0x1234)[0x7f00]`, `path [0x7f00]` */
const LINUX = /^(\/[^\0]*?)(?:\(([^()\s]*)\+0x([0-9a-f]{1,16})\)|(?<!\))) ?\[0x([0-9a-f]{1,16})\]$/;
/** `3   plugin.dylib   0x0000000104 symbol + 24` */
const MACOS = /^\d{1,3}\s+(\S+)\s+0x([0-9a-f]{1,16}) (.+) \+ (\d{1,18})$/;

/** Where in the line the heading of a stack begins, -1 when there is none: the plugin may have printed half a line before. */
export function stackHeadingAt(line: string): number {
  return line.indexOf(HEADING);
}

/** Whether the line has the form of a line of a stack. */
export function isStackLine(line: string): boolean {
  return line.length <= LINE_CHARS_MAX && (LINUX.test(line) || MACOS.test(line));
}

/**
 * The frames in the lines, from the place of the crash outwards. Those of the runner's crash handler, and of the signal
 * that called it, are left out.
 */
export function parseStack(lines: readonly string[]): StackFrame[] {
  const frames = lines.filter(isStackLine).slice(0, STACK_FRAMES_MAX).map(parseFrame);
  const handler = frames.findIndex(({ file }) => !RUNNERS.has(basename(file)));
  // The first frame behind the handler is the system's, for the signal; the next one is where the plugin was.
  const crash = handler > 0 && handler + 1 < frames.length ? handler + 1 : 0;
  return frames.slice(crash).map((frame, index) => ({ ...frame, isReturn: index > 0 }));
}

function parseFrame(line: string): StackFrame {
  const linux = LINUX.exec(line);
  if (linux) {
    const [, file = "", symbol = "", offset = "0", address = "0"] = linux;
    return frame(file, symbol, BigInt(`0x${offset}`), address);
  }
  const [, file = "", address = "0", symbol = "", offset = "0"] = MACOS.exec(line) ?? [];
  return frame(file, symbol, BigInt(offset), address);
}

function frame(file: string, symbol: string, offset: bigint, address: string): StackFrame {
  return { file, symbol: symbol === "" ? undefined : symbol, offset, address: BigInt(`0x${address}`), isReturn: true };
}

/** The stack in what a plugin printed: the lines behind the last heading. */
export function stackLinesIn(output: string): string[] {
  const lines = output.split("\n");
  const heading = lines.findLastIndex((line) => stackHeadingAt(line) !== -1);
  return heading === -1 ? [] : lines.slice(heading + 1).filter(isStackLine);
}
