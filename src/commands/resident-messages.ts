// What a program and the host that runs on say to each other when a command is handed over: one JSON document a line, over
// a socket that only this user can open. Both are the same version of Osprey, or nothing is handed over.

import type { Socket } from "node:net";
import { LineSplitter } from "../base/line-splitter.ts";
import type { ConfigOverride } from "../config/load-config.ts";
import type { KeptResult } from "./session.ts";

/** Of one line; longer texts are sent in pieces. */
const LINE_CHARS_MAX = 64 * 1024 * 1024;
/** Of a text in one line: with each character escaped it still fits. */
const PIECE_CHARS_MAX = 4 * 1024 * 1024;

export interface OutputFacts {
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** The command line, and as much of the program's surroundings as a command may touch. */
export interface HandedOver {
  readonly type: "run";
  readonly version: string;
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: OutputFacts;
  readonly stderr: OutputFacts;
  readonly stdinIsTerminal: boolean;
  readonly mayPrompt: boolean;
  readonly mayPage: boolean;
  readonly hasStreams: boolean;
  /** The stages behind the line, where whoever runs it has told them from its words. */
  readonly pipeline?: string | undefined;
  /** What was set for the interactive shell that the line was typed in; its result is given back then. */
  readonly overrides?: readonly ConfigOverride[] | undefined;
}

/** What the line gave, for the shell to show again. `data` is JSON, in pieces; the last one has the rest. */
interface GivenBack extends Omit<KeptResult, "data"> {
  readonly type: "result";
  readonly data: string;
  readonly isLast: boolean;
}

/** From the program to the host. Questions are answered by their number. */
export type FromProgram =
  | HandedOver
  | { readonly type: "input"; readonly text: string; readonly isLast: boolean }
  /** Bytes of standard input, base64; after `open_input`. */
  | { readonly type: "bytes"; readonly data: string }
  | { readonly type: "bytes_end" }
  | { readonly type: "answer"; readonly id: number; readonly value: string | boolean | null }
  | { readonly type: "failed"; readonly id: number | null; readonly code: string; readonly message: string }
  | { readonly type: "abort" };

/** From the host to the program. */
export type FromHost =
  /** This host does not take it; the program is to run it itself. */
  | { readonly type: "refused" }
  | { readonly type: "stdout" | "stderr"; readonly text: string }
  | { readonly type: "read_input" | "open_input" }
  /** For standard output, base64. */
  | { readonly type: "bytes"; readonly data: string }
  | { readonly type: "prompt" | "prompt_hidden"; readonly id: number; readonly question: string }
  /** The question was settled elsewhere. */
  | { readonly type: "take_back"; readonly id: number }
  | GivenBack
  | { readonly type: "page"; readonly id: number; readonly text: string; readonly command: string }
  | { readonly type: "read_file"; readonly id: number; readonly path: string }
  | { readonly type: "exit"; readonly code: number };

/** Hands on each message that comes; what is none ends the connection. */
export function readMessages<T>(socket: Socket, onMessage: (message: T) => void): void {
  const lines = new LineSplitter((line) => {
    if (socket.destroyed) return;
    try {
      onMessage(JSON.parse(line) as T);
    } catch {
      socket.destroy();
    }
  }, LINE_CHARS_MAX);
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => lines.push(text));
}

/** Gives false when the other side should take some of it before there is more. */
export function writeMessage(socket: Socket, message: FromProgram | FromHost): boolean {
  return socket.writable && socket.write(`${JSON.stringify(message)}\n`);
}

/** The text in pieces that each fit into a message; at least one. No character is cut in two. */
export function* piecesOf(text: string): Generator<string> {
  let at = 0;
  do {
    let end = Math.min(text.length, at + PIECE_CHARS_MAX);
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
    yield text.slice(at, end);
    at = end;
  } while (at < text.length);
}
