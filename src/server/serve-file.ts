// Where the host that serves a data folder is found: its process and its URL, in a file that it leaves beside its lock.

import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { isCertain, mayBeRunning, processMark, runsHere } from "../base/process-mark.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { SERVE_ANSWER_MS_MAX } from "../protocol/limits.ts";

const FILE_BYTES_MAX = 4_096;

export interface ServingHost {
  readonly pid: number;
  readonly url: string;
  /** Where commands are taken; see `resident-server.ts`. Hosts of older builds take none. */
  readonly socket: string | undefined;
  /** Names the process for certain; see `process-mark.ts`. */
  readonly mark: string;
}

type Data = Pick<Paths, "data">;

/** Says that this process serves at that URL; gives what takes that back. */
export function announce(paths: Data, { url, socket }: Pick<ServingHost, "url" | "socket">): () => void {
  const path = fileOf(paths);
  const text = `${JSON.stringify({ pid: process.pid, url, socket, mark: processMark() })}\n`;
  replaceFile(path, text, { mode: 0o600, followLinks: false });
  return () => {
    if (textOf(path) === text) rmSync(path, { force: true });
  };
}

/** The host that serves now; undefined when there is none, or it died and left the file behind. */
export function servingHost(paths: Data): ServingHost | undefined {
  const found = parse(readSmallFile(fileOf(paths), FILE_BYTES_MAX)?.text);
  return found !== undefined && mayBeRunning(found.mark) ? found : undefined;
}

/**
 * The same for whoever tells of it or sends it signals: where the number of its process may be another's by now, the host has
 * to answer.
 */
export async function foundHost(paths: Data): Promise<ServingHost | undefined> {
  const found = servingHost(paths);
  if (found === undefined || isCertain(found.mark) || !runsHere(found.mark)) return found;
  return (await answers(found)) ? found : undefined;
}

async function answers({ socket, url }: ServingHost): Promise<boolean> {
  return socket === undefined ? await isHealthy(url) : await takesConnections(socket);
}

async function takesConnections(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(SERVE_ANSWER_MS_MAX) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const options = { signal: AbortSignal.timeout(SERVE_ANSWER_MS_MAX), redirect: "error" } as const;
    const { status } = (await (await fetch(`${url}/health`, options)).json()) as { status?: unknown };
    return status === "ok";
  } catch {
    return false;
  }
}

function parse(text: string | undefined): ServingHost | undefined {
  try {
    const { pid, url, socket, mark } = JSON.parse(text ?? "null") as Record<string, unknown>;
    const isSound =
      Number.isSafeInteger(pid) &&
      (pid as number) > 0 &&
      typeof url === "string" &&
      typeof mark === "string" &&
      (socket === undefined || typeof socket === "string");
    // Whoever is stopped is the process that the mark names.
    return isSound && mark.startsWith(`${pid} `)
      ? { pid: pid as number, url, socket: socket as string | undefined, mark }
      : undefined;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function fileOf({ data }: Data): string {
  return join(data, "run", "serve.json");
}
