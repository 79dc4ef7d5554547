// Offers a registry in a folder over HTTP, to be tried out before it is put on the web: entries, their list, archives and
// signatures, and nothing else that lies in the folder. Archives are those in `artifacts/`, and those that an entry names.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { BelowError, type Found, holdFolder, openFileBelow, type Tree } from "../base/open-below.ts";
import { HostError } from "../protocol/errors.ts";
import { REGISTRY_CONNECTIONS_MAX, REGISTRY_SERVE_IDLE_MS_MAX } from "../protocol/limits.ts";
import { namedArchives } from "./named-archives.ts";
import { idsIn } from "./registry-folder.ts";

const TYPES: Readonly<Record<string, string>> = {
  json: "application/json; charset=utf-8",
  zip: "application/zip",
  minisig: "text/plain; charset=utf-8",
};
const LISTS: ReadonlySet<string> = new Set(["/", "/registry.json", "/plugins/index.json"]);
const HEADERS = { "cache-control": "no-cache", "x-content-type-options": "nosniff" } as const;

export interface RegistryServer {
  readonly server: Server;
  /** Lets what is being sent come to its end for so long, then closes everything. */
  close(drainMs: number): Promise<void>;
}

/**
 * Not listening yet. Throws `registry_invalid` when the folder is no registry.
 *
 * @param isPrivate the server is for this machine only: other names that lead to it are refused, so that no page of the
 * web can read it through a name of its own.
 */
export async function registryServer(
  folder: string,
  { isPrivate }: { readonly isPrivate: boolean },
): Promise<RegistryServer> {
  const root = await holdFolder(folder).catch((error: unknown) => {
    throw noRegistry(folder, error);
  });
  // The folder is known under no name, so no link in it leads anywhere, not even to another file in it.
  const tree: Tree = { root, knownAs: [] };
  try {
    idsIn(folder);
  } catch (error) {
    await root.handle.close();
    throw noRegistry(folder, error);
  }
  const isNamed = namedArchives(folder);
  const server = createServer({ requestTimeout: REGISTRY_SERVE_IDLE_MS_MAX }, (request, response) => {
    answer({ tree, folder, isPrivate, isNamed }, request, response).catch(() => response.destroy());
  });
  server.maxConnections = REGISTRY_CONNECTIONS_MAX;
  server.setTimeout(REGISTRY_SERVE_IDLE_MS_MAX);
  return {
    server,
    async close(drainMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(timer);
      await root.handle.close();
    },
  };
}

interface Offered {
  readonly tree: Tree;
  readonly folder: string;
  readonly isPrivate: boolean;
  /** Whether an entry names this archive. */
  isNamed(path: string): boolean;
}

async function answer(
  { tree, folder, isPrivate, isNamed }: Offered,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "" } = request;
  if (isPrivate && !isOwnName(request.headers.host)) return refuse(response, 403, "this host is not called that");
  if (method !== "GET" && method !== "HEAD") return refuse(response, 405, "only GET and HEAD", { allow: "GET, HEAD" });
  const [path = ""] = url.split("?", 1);
  if (LISTS.has(path)) return sendText(response, method, `${JSON.stringify(idsIn(folder), null, 2)}\n`);
  const names = namesOf(path, isNamed);
  if (names === undefined) return refuse(response, 404, "there is no such file");
  let found: Found;
  try {
    found = await openFileBelow(tree, names);
  } catch (error) {
    if (!(error instanceof BelowError)) throw error;
    return refuse(response, 404, "there is no such file");
  }
  await sendFile(response, method, found, names.at(-1)!);
}

/** The names that lead to something that a registry offers; nothing for all else. */
function namesOf(path: string, isNamed: Offered["isNamed"]): string[] | undefined {
  let names: string[];
  try {
    names = path.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const isPlain = names.every((name) => name !== "" && !name.startsWith(".") && !/[/\\\0]/.test(name));
  if (!path.startsWith("/") || !isPlain) return undefined;
  const last = names.at(-1)!;
  const isEntry = names.length === 2 && names[0] === "plugins" && last.endsWith(".json");
  if (isEntry) return names;
  if (!/\.zip(\.minisig)?$/.test(last)) return undefined;
  return names[0] === "artifacts" || isNamed(names.join("/").replace(/\.minisig$/, "")) ? names : undefined;
}

async function sendFile(response: ServerResponse, method: string, { handle }: Found, name: string): Promise<void> {
  try {
    const { size } = await handle.stat();
    const type = TYPES[name.replace(/^.*\./, "")]!;
    response.writeHead(200, { ...HEADERS, "content-type": type, "content-length": size });
    if (method === "HEAD" || size === 0) return void response.end();
    // No more than was announced, whatever is written to the file meanwhile.
    await pipeline(handle.createReadStream({ autoClose: false, start: 0, end: size - 1 }), response);
  } finally {
    await handle.close();
  }
}

function sendText(response: ServerResponse, method: string, text: string): void {
  response.writeHead(200, { ...HEADERS, "content-type": TYPES["json"], "content-length": Buffer.byteLength(text) });
  response.end(method === "HEAD" ? undefined : text);
}

function refuse(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...HEADERS, ...headers, "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}

function isOwnName(host: string | undefined): boolean {
  const name = URL.parse(`http://${host ?? ""}`)?.hostname ?? "";
  return name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
}

function noRegistry(folder: string, cause: unknown): HostError {
  return new HostError("registry_invalid", `${folder} is no registry: it has no folder "plugins" that can be read`, {
    hint: '"osaurus registry publish ZIP DIR" makes one',
    cause,
  });
}
