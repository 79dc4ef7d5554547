// What is remembered of the definitions of tools, so that a changed one is noticed: one file for each plugin,
//
//   <data>/Definitions/<hash of the plugin's id>.json
//
// replaced by renaming, under a lock. It is read before the first call of a plugin's tools, so it is no part of the control
// database, whose driver most commands never load. What was read is kept in memory; whether it still holds is looked up every
// GRANTS_FRESH_MS. A file that cannot be understood is an error and never an empty one: then everything would be allowed.

import { createHash } from "node:crypto";
import { type BigIntStats, existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { withFileLock } from "../base/file-lock.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { HostError } from "../protocol/errors.ts";
import { FILE_LOCK_MS_MAX, GRANTS_FRESH_MS, TOOL_DEFINITIONS_BYTES_MAX } from "../protocol/limits.ts";

const Hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const Definition = z.object({ hash: Hash, text: z.string() });

const ToolEntry = z.object({
  id: z.string(),
  approved: Definition,
  /** The hash of a definition that was refused. */
  denied: z.optional(Hash),
});

const DefinitionsFile = z.object({
  version: z.literal(1),
  plugin_id: z.string(),
  tools: z.array(ToolEntry),
});

export type KeptDefinition = z.infer<typeof Definition>;

/** What is remembered of one tool. */
export type KeptTool = Omit<z.infer<typeof ToolEntry>, "id">;

export type KeptTools = ReadonlyMap<string, KeptTool>;

/** The clock of a file system may be this coarse: a file that was replaced just now may be replaced again without showing it. */
const CLOCK_MS_MAX = 2_000;

interface Known {
  tools: KeptTools;
  /** The file as it was when it was read; undefined when a change after that might not show. */
  stamp: string | undefined;
  /** On the clock of `performance.now()`. */
  freshUntil: number;
}

const NONE: KeptTools = new Map();

export class ToolDefinitions {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #plugins = new Map<string, Known>();

  /** @param bytesMax of one plugin's file. */
  constructor(dataFolder: string, bytesMax = TOOL_DEFINITIONS_BYTES_MAX) {
    this.#folder = join(dataFolder, "Definitions");
    this.#bytesMax = bytesMax;
  }

  /** What is remembered of a plugin's tools, as of GRANTS_FRESH_MS ago at most. Throws `store_broken`. */
  tools(pluginId: string): KeptTools {
    const known = this.#plugins.get(pluginId);
    return known !== undefined && performance.now() < known.freshUntil ? known.tools : this.look(pluginId);
  }

  /** The same as of now. */
  look(pluginId: string): KeptTools {
    const path = this.#pathOf(pluginId);
    const known = this.#plugins.get(pluginId);
    const stamp = stampOf(path);
    if (known !== undefined && stamp !== undefined && known.stamp === stamp) {
      known.freshUntil = performance.now() + GRANTS_FRESH_MS;
      return known.tools;
    }
    return this.#keep(pluginId, stamp, this.#read(path, pluginId));
  }

  /**
   * Changes what is remembered of a plugin, while no other process does; gives what `work` gives. Nothing is written when
   * `work` leaves everything as it is. Fails with `store_broken`; then nothing was changed.
   */
  async change<T>(pluginId: string, work: (tools: Map<string, KeptTool>) => T): Promise<T> {
    const path = this.#pathOf(pluginId);
    return await this.#locked(path, () => {
      const before = this.#read(path, pluginId);
      const tools = new Map(before);
      const value = work(tools);
      if (!isSame(before, tools)) {
        replaceFile(path, this.#textOf(path, pluginId, tools), { flush: true, followLinks: false });
        this.#keep(pluginId, undefined, tools);
      }
      return value;
    });
  }

  /** Forgets a plugin. */
  async forget(pluginId: string): Promise<void> {
    const path = this.#pathOf(pluginId);
    if (existsSync(path)) await this.#locked(path, () => rmSync(path, { force: true }));
    this.#plugins.delete(pluginId);
  }

  #keep(pluginId: string, stamp: string | undefined, tools: KeptTools): KeptTools {
    this.#plugins.set(pluginId, { tools, stamp, freshUntil: performance.now() + GRANTS_FRESH_MS });
    return tools;
  }

  #read(path: string, pluginId: string): KeptTools {
    const file = readSmallFile(path, this.#bytesMax);
    if (file === undefined) return NONE;
    if (file.problem !== undefined) throw broken(path, file.problem);
    let parsed: z.infer<typeof DefinitionsFile> | undefined;
    try {
      parsed = DefinitionsFile.safeParse(JSON.parse(file.text)).data;
    } catch {
      // Not even JSON.
    }
    if (parsed === undefined) throw broken(path, "it cannot be understood");
    if (parsed.plugin_id !== pluginId) throw broken(path, `it is that of "${parsed.plugin_id}"`);
    return new Map(parsed.tools.map(({ id, ...tool }) => [id, tool]));
  }

  /** With so much in it that the file would be too large, the texts are left out: without hashes nothing could be compared. */
  #textOf(path: string, pluginId: string, tools: KeptTools): string {
    for (const keepsText of [true, false]) {
      const entries = [...tools].map(([id, { approved, denied }]) => ({
        id,
        approved: keepsText ? approved : { ...approved, text: "" },
        ...(denied === undefined ? {} : { denied }),
      }));
      const text = `${JSON.stringify({ version: 1, plugin_id: pluginId, tools: entries })}\n`;
      if (Buffer.byteLength(text) <= this.#bytesMax) return text;
    }
    throw broken(path, `${tools.size} tools do not fit into ${this.#bytesMax} bytes`);
  }

  async #locked<T>(path: string, work: () => T): Promise<T> {
    let done: { value: T } | undefined;
    try {
      done = await withFileLock(`${path}.lock`, FILE_LOCK_MS_MAX, work);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (error instanceof HostError || code === undefined) throw error;
      throw new HostError("store_broken", `${path} cannot be written: ${code}`, {
        hint: "look at the owner and mode of the file and its folder, and at the room on the disk",
        details: { path },
        cause: error,
      });
    }
    if (done !== undefined) return done.value;
    throw new HostError("store_broken", `another process is changing ${path}`, {
      hint: `try again; if no other process runs, remove ${path}.lock`,
      details: { path },
    });
  }

  /** Ids may have any characters. */
  #pathOf(pluginId: string): string {
    return join(this.#folder, `${createHash("sha256").update(pluginId).digest("hex").slice(0, 32)}.json`);
  }
}

/** Nothing for a file that was replaced so lately that another replacement might not show, and for none. */
function stampOf(path: string): string | undefined {
  let stat: BigIntStats | undefined;
  try {
    stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // Whoever reads it says what is wrong.
  }
  if (stat === undefined) return undefined;
  const { ino, size, mtimeNs, ctimeNs, mtimeMs } = stat;
  return Date.now() - Number(mtimeMs) > CLOCK_MS_MAX ? `${ino}:${size}:${mtimeNs}:${ctimeNs}` : undefined;
}

function isSame(one: KeptTools, other: KeptTools): boolean {
  return one.size === other.size && [...one].every(([id, tool]) => other.get(id) === tool);
}

function broken(path: string, problem: string): HostError {
  return new HostError("store_broken", `${path}, what is remembered of a plugin's tools, is not usable: ${problem}`, {
    hint: "restore it from a backup, or remove it: then what the tools say of themselves now counts as approved",
    details: { path },
  });
}
