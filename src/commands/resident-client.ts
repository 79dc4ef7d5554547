// Hands a command over to the host that runs on this data folder: that host holds the plugins, their databases and what
// they have in memory. What the command prints, asks and reads goes through this process; its exit code becomes ours.

import { once } from "node:events";
import { lstatSync } from "node:fs";
import { connect, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { resolvePaths } from "../base/paths.ts";
import { VERSION } from "../base/version.ts";
import type { ConfigOverride } from "../config/load-config.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { servingHost } from "../server/serve-file.ts";
import type { CommandIo, Output } from "../terminal/io.ts";
import type { LineContext } from "./main.ts";
import { type FromHost, type OutputFacts, piecesOf, readMessages, writeMessage } from "./resident-messages.ts";

/**
 * Gives the exit code; nothing when no host runs here that takes the command, which is then to be run in this process.
 * Throws `plugin_stopped` when the host ends in the middle of it.
 */
export async function handOver(
  program: string,
  argv: readonly string[],
  io: CommandIo,
  { pipeline, session }: LineContext = {},
): Promise<number | undefined> {
  const path = servingHost(resolvePaths({ env: io.env, platform: process.platform }))?.socket;
  if (path === undefined || !isOurs(path)) return undefined;
  const socket = await connected(path);
  if (socket === undefined) return undefined;
  const asked = new Map<number, AbortController>();
  let output: Writable | undefined;
  let given = "";
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const onAbort = () => writeMessage(socket, { type: "abort" });
  io.signal.addEventListener("abort", onAbort, { once: true });
  socket.on("error", () => {}); // Its end says enough.
  socket.once("close", () => reject(io.signal.aborted ? new HostError("interrupted", "interrupted") : ended()));
  readMessages<FromHost>(socket, (message) => {
    switch (message.type) {
      case "exit":
        return resolve(message.code);
      case "refused":
        return resolve(undefined);
      case "stdout":
      case "stderr":
        return io[message.type].write(message.text);
      case "bytes":
        if (output?.write(Buffer.from(message.data, "base64")) === false) socket.pause();
        return;
      case "read_input":
        return void sendInput(socket, io);
      case "open_input":
        return void connectStreams(socket, io).then((to) => {
          output = to;
        });
      case "result": {
        const { type, isLast, ...result } = message;
        given += result.data;
        if (!isLast || session === undefined) return;
        session.last = given === "" ? undefined : { ...result, data: parseOrderedJson(given) };
        return;
      }
      case "take_back":
        return asked.get(message.id)?.abort();
      default:
        return void answer(socket, io, message, asked);
    }
  });
  try {
    writeMessage(socket, {
      type: "run",
      version: VERSION,
      program,
      argv,
      env: io.env,
      cwd: io.cwd,
      stdout: factsOf(io.stdout),
      stderr: factsOf(io.stderr),
      stdinIsTerminal: io.stdinIsTerminal,
      mayPrompt: io.prompt !== undefined,
      mayPage: io.page !== undefined,
      hasStreams: io.streams !== undefined,
      pipeline,
      overrides: session?.overrides.map(asJson),
    });
    if (io.signal.aborted) onAbort();
    return await promise;
  } finally {
    io.signal.removeEventListener("abort", onAbort);
    for (const taken of asked.values()) taken.abort();
    socket.destroy();
  }
}

/** A socket that somebody else put there would be told our environment. */
function isOurs(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isSocket() === true && stat.uid === process.getuid?.();
}

async function connected(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}

/** JSON has no such numbers; as text they become the same value. */
function asJson(override: ConfigOverride): ConfigOverride {
  return typeof override.value === "bigint" ? { ...override, value: String(override.value) } : override;
}

function factsOf({ isTerminal, columns, rows }: Output): OutputFacts {
  return { isTerminal, columns, rows };
}

async function sendInput(socket: Socket, io: CommandIo): Promise<void> {
  try {
    const pieces = [...piecesOf(await io.readStdin())];
    for (const [at, text] of pieces.entries()) {
      writeMessage(socket, { type: "input", text, isLast: at === pieces.length - 1 });
    }
  } catch (error) {
    fail(socket, null, error);
  }
}

/** Passes on what comes; gives where what comes back goes. The input waits for the host, and the host for the output. */
async function connectStreams(socket: Socket, io: CommandIo): Promise<Writable> {
  const { input, output } = await io.streams!();
  input.on("data", (chunk: Buffer) => {
    if (!writeMessage(socket, { type: "bytes", data: chunk.toString("base64") })) input.pause();
  });
  input.once("end", () => writeMessage(socket, { type: "bytes_end" }));
  socket.on("drain", () => input.resume()).once("close", () => input.destroy());
  // Whoever reads us has gone: so has the command.
  output.once("error", () => socket.destroy()).once("close", () => socket.destroy());
  output.on("drain", () => socket.resume());
  return output;
}

type Question = Extract<
  FromHost,
  { readonly id: number; readonly type: "prompt" | "prompt_hidden" | "page" | "read_file" }
>;

async function answer(
  socket: Socket,
  io: CommandIo,
  message: Question,
  asked: Map<number, AbortController>,
): Promise<void> {
  const { id } = message;
  const takenBack = new AbortController();
  asked.set(id, takenBack);
  try {
    const value = await valueFor(io, message, takenBack.signal);
    writeMessage(socket, { type: "answer", id, value: value ?? null });
  } catch (error) {
    fail(socket, id, error);
  } finally {
    asked.delete(id);
  }
}

async function valueFor(io: CommandIo, message: Question, until: AbortSignal): Promise<string | boolean | undefined> {
  switch (message.type) {
    case "page":
      return await io.page?.(message.text, message.command);
    case "prompt_hidden":
      return await io.promptHidden?.(message.question);
    case "prompt":
      return await io.prompt?.(message.question, until);
    case "read_file":
      return (await import("../terminal/read-text-file.ts")).readTextFile(io, message.path);
  }
}

function fail(socket: Socket, id: number | null, error: unknown): void {
  const { code, message } = toHostError(error);
  writeMessage(socket, { type: "failed", id, code, message });
}

function ended(): HostError {
  return new HostError("plugin_stopped", "the host that ran the command ended before the command did", {
    hint: '"osaurus status" says whether one runs; without one, commands run by themselves',
  });
}
