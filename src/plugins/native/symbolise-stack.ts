// Turns the addresses of a stack into functions, files and lines. Functions that a library does not export are known only
// to its debugging information, which `addr2line` or `llvm-symbolizer` read; where neither is installed, or the library
// has none, the addresses stay. On macOS the runner's own lines name the functions.

import { type ExecFileOptionsWithStringEncoding, execFile } from "node:child_process";
import { basename } from "node:path";
import type { StackFrame } from "./parse-stack.ts";

export interface SymboliseOptions {
  /** The library as it is installed. It is the only file that is ever looked into, whatever the stack says. */
  readonly library: string;
  /** Paths under which the library stands in the stack, besides its own: that of the copy that was loaded. */
  readonly loadedAs?: readonly string[];
  /** Where the tools are looked for. */
  readonly path: string | undefined;
  /** Ends the tools, when it is aborted. */
  readonly signal?: AbortSignal;
}

const TOOL_MS_MAX = 2_000;
const TOOL_OUTPUT_BYTES_MAX = 256 * 1024;
const NAME_CHARS_MAX = 500;
const INLINED_MAX = 16;
/** The host loads a checked copy of a library through a descriptor. */
const DESCRIPTOR = /^\/(?:proc\/self\/fd|dev\/fd)\/\d+(?: \(deleted\))?$|^\/memfd:/;

interface Tool {
  readonly program: string;
  readonly args: readonly string[];
  /** Whether it also takes `function+0x12` for an address. */
  readonly takesNames: boolean;
}

const TOOLS: readonly Tool[] = [
  { program: "addr2line", args: ["-a", "-f", "-C", "-i", "-e"], takesNames: true },
  { program: "llvm-symbolizer", args: ["--output-style=GNU", "-a", "-f", "-C", "-i", "-e"], takesNames: false },
];

interface Place {
  readonly name: string;
  /** `file.c:12`, when that is known. */
  readonly at: string | undefined;
}

/** One text a frame, from the place of the crash outwards; functions that were built into others get one of their own. */
export async function symboliseStack(frames: readonly StackFrame[], options: SymboliseOptions): Promise<string[]> {
  const own = frames.map(({ file }) => isLibrary(file, options));
  const base = frames.find(({ symbol, address, offset }, index) => own[index] && !symbol && address > offset);
  const start = base && base.address - base.offset;
  const wanted = frames.map((frame, index) => (own[index] ? addressFor(frame, start) : undefined));
  const places = await findPlaces(wanted, options);
  const lines = frames.flatMap((frame, index) => {
    const where = frameText(own[index] ? { ...frame, file: options.library } : frame);
    const found = (places.get(wanted[index] ?? "") ?? []).slice(0, INLINED_MAX);
    return found.length === 0 ? [where] : found.map((place) => `${placeText(place)} [${where}]`);
  });
  return lines.map((line, index) => `#${index} ${line}`);
}

/** The frame as the runner printed it, without the address, which says nothing once the process is gone. */
function frameText({ file, symbol, offset }: StackFrame): string {
  return `${basename(file)}(${symbol ?? ""}+0x${offset.toString(16)})`;
}

function placeText({ name, at }: Place): string {
  return at === undefined ? name : `${name} at ${at}`;
}

function isLibrary(file: string, { library, loadedAs = [] }: SymboliseOptions): boolean {
  return file === library || loadedAs.includes(file) || DESCRIPTOR.test(file) || file === basename(library);
}

/**
 * What the tools are asked for: an address in the file; where only an exported function is known, an address in that. A
 * return address lies behind the call: one before it is still in the line of the call.
 */
function addressFor({ symbol, offset, address, isReturn }: StackFrame, start: bigint | undefined): string | undefined {
  const back = isReturn && offset > 0n ? 1n : 0n;
  if (symbol === undefined) return `0x${(offset - back).toString(16)}`;
  if (start !== undefined && address > start) return `0x${(address - start - back).toString(16)}`;
  return /^[A-Za-z_.$][\w.$]{0,999}$/.test(symbol) ? `${symbol}+0x${(offset - back).toString(16)}` : undefined;
}

/** What is known of each address. */
async function findPlaces(
  wanted: readonly (string | undefined)[],
  options: SymboliseOptions,
): Promise<Map<string, Place[]>> {
  const asked = [...new Set(wanted.filter((one) => one !== undefined))];
  const places = new Map<string, Place[]>();
  // The time is for all of them: whoever waits for the report of a crash does not want to know why.
  const deadline = AbortSignal.timeout(TOOL_MS_MAX);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  for (const tool of TOOLS) {
    for (const isName of [false, true]) {
      const some = asked.filter((one) => one.includes("+") === isName);
      if (some.length === 0 || (isName && !tool.takesNames)) continue;
      const groups = parseAnswer(await runTool(tool, some, options, signal));
      // An answer that does not match what was asked is of no use.
      if (groups.length === some.length) some.forEach((one, index) => void places.set(one, groups[index]!));
    }
    if ([...places.values()].some((found) => found.length > 0)) break;
  }
  return places;
}

/** What the tool prints; an empty text when it is not there, fails, takes too long or prints far too much. */
function runTool(
  { program, args }: Tool,
  addresses: readonly string[],
  { library, path }: SymboliseOptions,
  signal: AbortSignal,
): Promise<string> {
  if (signal.aborted) return Promise.resolve("");
  // With an environment of its own: some of these tools fetch what they lack from the network when a variable says so.
  return new Promise((resolve) => {
    const options: ExecFileOptionsWithStringEncoding = {
      cwd: "/",
      env: { PATH: path ?? "/usr/bin:/bin", LC_ALL: "C" },
      encoding: "utf8",
      maxBuffer: TOOL_OUTPUT_BYTES_MAX,
      signal,
      killSignal: "SIGKILL",
    };
    execFile(program, [...args, library, ...addresses], options, (error, stdout) => resolve(error ? "" : stdout));
  });
}

/** The answer for each address: the innermost function first, then those that it was built into. */
function parseAnswer(answer: string): Place[][] {
  const groups: Place[][] = [];
  const lines = answer.split("\n");
  for (let at = 0; at < lines.length; ) {
    if (/^0x[0-9a-f]+$/.test(lines[at]!)) {
      groups.push([]);
      at++;
    } else if (groups.length > 0 && at + 1 < lines.length && lines[at] !== "") {
      const place = placeOf(lines[at]!, lines[at + 1]!);
      if (place !== undefined) groups.at(-1)!.push(place);
      at += 2;
    } else {
      at++;
    }
  }
  return groups;
}

function placeOf(name: string, at: string): Place | undefined {
  if (name === "??") return undefined;
  const [, file = "", line = ""] = /^(.*):(\d+)(?: \(discriminator \d+\))?$/.exec(at) ?? [];
  const known = file !== "" && file !== "??" && line !== "0";
  return {
    name: name.slice(0, NAME_CHARS_MAX),
    at: known ? `${basename(file).slice(0, NAME_CHARS_MAX)}:${line}` : undefined,
  };
}
