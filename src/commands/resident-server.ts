// Takes commands from other programs of the same user and runs them on the host that this process holds: see
// `resident-client.ts`. Each command has the surroundings of the program that handed it over, and ends when that does.

import { createHash } from "node:crypto";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { isAbsolute, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { makeFolder } from "../base/make-folder.ts";
import { formatOrderedJson } from "../base/ordered-json.ts";
import type { Paths } from "../base/paths.ts";
import { VERSION } from "../base/version.ts";
import type { Host } from "../host/create-host.ts";
import { ERRORS, type ErrorCode, HostError } from "../protocol/errors.ts";
import { GIVEN_BACK_CHARS_MAX, RESIDENT_COMMANDS_MAX, SERVE_DRAIN_MS_MAX } from "../protocol/limits.ts";
import type { CommandIo, Output } from "../terminal/io.ts";
import type { RawStreams } from "../terminal/raw-streams.ts";
import { lendHost } from "./lent-host.ts";
import type { LineContext } from "./main.ts";
import {
  type FromProgram,
  type HandedOver,
  type OutputFacts,
  piecesOf,
  readMessages,
  writeMessage,
} from "./resident-messages.ts";
import type { KeptResult, Session } from "./session.ts";

/** Runs one command line; gives its exit code, and never fails. */
export type RunLine = (
  program: string,
  argv: readonly string[],
  io: CommandIo,
  context: LineContext,
) => Promise<number>;

export interface Resident {
  /** Where programs find it. */
  readonly socket: string;
  /** Takes no more commands; those that run get a while to finish. Resolves when none is left. */
  stop(): Promise<void>;
}

/** How long a command that was asked to end has for it. */
const ABORT_MS_MAX = 2_000;

export interface ResidentFolders extends Pick<Paths, "data"> {
  /** The user's folder for sockets, `XDG_RUNTIME_DIR`. */
  readonly runtime: string | undefined;
}

/** Takes commands from now on; undefined where a socket can lie nowhere: commands then run by themselves. */
export async function takeCommands(
  host: Host,
  folders: ResidentFolders,
  runLine: RunLine,
): Promise<Resident | undefined> {
  const place = socketPlace(folders);
  if (place === undefined) return undefined;
  const { path, ownFolder } = place;
  const open = new Map<Socket, AbortController>();
  const stopping = new AbortController();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (open.size >= RESIDENT_COMMANDS_MAX) return void socket.end('{"type":"refused"}\n');
    const gone = new AbortController();
    open.set(socket, gone);
    socket.once("close", () => {
      open.delete(socket);
      gone.abort(new HostError("interrupted", "interrupted"));
    });
    serveOne({ socket, host, runLine, gone, stopping: stopping.signal });
  });
  rmSync(path, { force: true }); // Of one that died; the data folder is ours by now.
  await listening(server, path);
  chmodSync(path, 0o600);
  return {
    socket: path,
    async stop() {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      stopping.abort();
      const late = setTimeout(() => {
        for (const gone of open.values()) gone.abort(new HostError("interrupted", "interrupted"));
      }, SERVE_DRAIN_MS_MAX);
      const tooLate = setTimeout(() => {
        for (const socket of open.keys()) socket.destroy();
      }, SERVE_DRAIN_MS_MAX + ABORT_MS_MAX);
      await closed;
      clearTimeout(late);
      clearTimeout(tooLate);
      rmSync(ownFolder ?? path, { force: true, recursive: ownFolder !== undefined });
    },
  };
}

/** The name of a socket may have about a hundred bytes. */
const PATH_BYTES_MAX = 100;

interface SocketPlace {
  readonly path: string;
  /** The folder is there for the socket alone. */
  readonly ownFolder: string | undefined;
}

/** In the data folder; where that is too far down, in the user's folder for sockets; without one, nowhere. */
function socketPlace({ data, runtime }: ResidentFolders): SocketPlace | undefined {
  const isShort = (path: string) => Buffer.byteLength(path) <= PATH_BYTES_MAX;
  const folder = join(data, "run");
  if (isShort(join(folder, "host.sock"))) return placeIn(folder, undefined);
  if (runtime === undefined || !isAbsolute(runtime)) return undefined;
  const own = join(runtime, `osaurus-${createHash("sha256").update(data).digest("hex").slice(0, 16)}`);
  return isShort(join(own, "host.sock")) ? placeIn(own, own) : undefined;
}

function placeIn(folder: string, ownFolder: string | undefined): SocketPlace {
  makeFolder(folder);
  chmodSync(folder, 0o700); // Fails when it is somebody else's.
  return { path: join(folder, "host.sock"), ownFolder };
}

async function listening(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(path, resolve);
  await promise;
}

/** What the program still owes an answer to. */
interface Owed {
  readonly answers: Map<number, PromiseWithResolvers<string | boolean | null>>;
  input: PromiseWithResolvers<string> | undefined;
  inputText: string;
  /** Standard input as bytes, once the command has opened it. */
  bytes: Readable | undefined;
}

/** A program that hands a command over. */
interface Served {
  readonly socket: Socket;
  readonly host: Host;
  readonly runLine: RunLine;
  /** Ends the command. */
  readonly gone: AbortController;
  /** Asks commands to end that would go on for ever. */
  readonly stopping: AbortSignal;
}

function serveOne(served: Served): void {
  const { socket, gone } = served;
  const owed: Owed = { answers: new Map(), input: undefined, inputText: "", bytes: undefined };
  let isRunning = false;
  readMessages<FromProgram>(socket, (message) => {
    if (message.type === "run") {
      if (isRunning) return void socket.destroy();
      isRunning = true;
      if (message.version !== VERSION) return void socket.end('{"type":"refused"}\n');
      void run(served, message, owed);
    } else if (message.type === "abort") gone.abort(new HostError("interrupted", "interrupted"));
    else settle(owed, message);
  });
}

async function run(served: Served, message: HandedOver, owed: Owed): Promise<void> {
  const { socket, host, runLine, gone, stopping } = served;
  const io = lendHost(ioOf(socket, message, gone.signal, owed), host, stopping);
  const session = message.overrides && sessionOf(message.overrides);
  const code = await runLine(message.program, message.argv, io, { pipeline: message.pipeline, session });
  if (session?.last !== undefined) giveBack(socket, session.last);
  if (socket.writable) socket.end(`${JSON.stringify({ type: "exit", code })}\n`);
}

/** The shell keeps its session: this is as much of it as one line needs. */
function sessionOf(overrides: Session["overrides"]): Session {
  const results = { get: () => undefined, set() {} };
  return { overrides, last: undefined, thrown: undefined, failure: undefined, results };
}

/** Of what is too large, nothing is given back: then the shell has nothing to show again. */
function giveBack(socket: Socket, { data, ...about }: KeptResult): void {
  const text = formatOrderedJson(data);
  const pieces = [...piecesOf(text.length > GIVEN_BACK_CHARS_MAX ? "" : text)];
  for (const [at, piece] of pieces.entries()) {
    writeMessage(socket, { type: "result", ...about, data: piece, isLast: at === pieces.length - 1 });
  }
}

function settle(owed: Owed, message: Exclude<FromProgram, { type: "run" | "abort" }>): void {
  if (message.type === "input") {
    owed.inputText += message.text;
    if (message.isLast) owed.input?.resolve(owed.inputText);
  } else if (message.type === "bytes") owed.bytes?.push(Buffer.from(message.data, "base64"));
  else if (message.type === "bytes_end") owed.bytes?.push(null);
  else if (message.type === "answer") owed.answers.get(message.id)?.resolve(message.value);
  else {
    const failure = new HostError(message.code in ERRORS ? (message.code as ErrorCode) : "internal", message.message);
    if (message.id === null) owed.input?.reject(failure);
    else owed.answers.get(message.id)?.reject(failure);
  }
}

function ioOf(socket: Socket, message: HandedOver, signal: AbortSignal, owed: Owed): CommandIo {
  let count = 0;
  const ask = async (question: Ask, until?: AbortSignal): Promise<string | boolean | null> => {
    const id = ++count;
    const waiting = Promise.withResolvers<string | boolean | null>();
    owed.answers.set(id, waiting);
    const onTaken = () => writeMessage(socket, { type: "take_back", id });
    const onAbort = () => waiting.reject(new HostError("interrupted", "interrupted"));
    until?.addEventListener("abort", onTaken, { once: true });
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      writeMessage(socket, { ...question, id });
      if (signal.aborted) onAbort();
      return await waiting.promise;
    } finally {
      owed.answers.delete(id);
      until?.removeEventListener("abort", onTaken);
      signal.removeEventListener("abort", onAbort);
    }
  };
  return {
    env: message.env,
    cwd: message.cwd,
    stdout: output(socket, "stdout", message.stdout),
    stderr: output(socket, "stderr", message.stderr),
    stdinIsTerminal: message.stdinIsTerminal,
    signal,
    readStdin: () => readInput(socket, signal, owed),
    async readFile(path: string) {
      const text = await ask({ type: "read_file", path });
      return typeof text === "string" ? text : "";
    },
    ...(message.mayPrompt
      ? {
          async prompt(question: string, until?: AbortSignal) {
            const answer = await ask({ type: "prompt", question }, until);
            return typeof answer === "string" ? answer : undefined;
          },
          async promptHidden(question: string) {
            const answer = await ask({ type: "prompt_hidden", question });
            return typeof answer === "string" ? answer : undefined;
          },
        }
      : {}),
    ...(message.hasStreams ? { streams: async () => rawStreams(socket, owed) } : {}),
    ...(message.mayPage
      ? { page: async (text: string, command: string) => (await ask({ type: "page", text, command })) === true }
      : {}),
  };
}

function rawStreams(socket: Socket, owed: Owed): RawStreams {
  // The program stops sending while nobody reads: its socket is not read then.
  const input = new Readable({ read: () => void socket.resume() });
  const push = input.push.bind(input);
  input.push = (chunk: unknown) => {
    const wantsMore = push(chunk);
    if (!wantsMore && chunk !== null) socket.pause();
    return wantsMore;
  };
  owed.bytes = input;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (writeMessage(socket, { type: "bytes", data: chunk.toString("base64") }) || !socket.writable) done();
      else socket.once("drain", done);
    },
  });
  socket.once("close", () => {
    input.destroy();
    output.destroy();
  });
  writeMessage(socket, { type: "open_input" });
  return { input, output };
}

type Ask =
  | { readonly type: "prompt" | "prompt_hidden"; readonly question: string }
  | { readonly type: "read_file"; readonly path: string }
  | { readonly type: "page"; readonly text: string; readonly command: string };

async function readInput(socket: Socket, signal: AbortSignal, owed: Owed): Promise<string> {
  if (owed.input === undefined) {
    owed.input = Promise.withResolvers<string>();
    owed.input.promise.catch(() => {}); // Whoever reads hears of it.
    signal.addEventListener("abort", () => owed.input?.reject(new HostError("interrupted", "interrupted")), {
      once: true,
    });
    writeMessage(socket, { type: "read_input" });
  }
  return await owed.input.promise;
}

function output(socket: Socket, type: "stdout" | "stderr", { isTerminal, columns, rows }: OutputFacts): Output {
  return {
    write: (text) => writeMessage(socket, { type, text }),
    isTerminal,
    columns,
    rows,
    get isClosed() {
      return !socket.writable;
    },
  };
}
