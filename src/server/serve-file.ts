// Where the host that serves a data folder is found: its process and its URL, in a file that it leaves beside its lock.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { mayBeRunning, processMark } from "../base/process-mark.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";

const FILE_BYTES_MAX = 4_096;

export interface ServingHost {
  readonly pid: number;
  readonly url: string;
  /** Where commands are taken; see `resident-server.ts`. */
  readonly socket: string;
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

function parse(text: string | undefined): ServingHost | undefined {
  try {
    const { pid, url, socket, mark } = JSON.parse(text ?? "null") as Record<string, unknown>;
    const isSound =
      Number.isSafeInteger(pid) &&
      (pid as number) > 0 &&
      typeof url === "string" &&
      typeof mark === "string" &&
      typeof socket === "string";
    // Whoever is stopped is the process that the mark names.
    return isSound && mark.startsWith(`${pid} `) ? { pid: pid as number, url, socket, mark } : undefined;
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
