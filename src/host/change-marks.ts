// By what it is noticed that something changed: a mark for each topic, which is another one after something of it is
// otherwise, whichever process changed it. Nothing is loaded or made to look, and a look at what did not change costs
// microseconds: it is made several times a second for as long as somebody follows the host.

import { statSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { QUARANTINE_FILE } from "../plugins/native/quarantine.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import type { Topic } from "../protocol/api/events.ts";
import { SHELF_WATCH_MS } from "../protocol/limits.ts";
import type { ControlDb, OpenDb } from "../store/control-db.ts";
import { KEYS_FILE } from "../store/keys-file.ts";
import { CHANGED_FILE, RELOAD_FILE } from "./follow-installs.ts";
import { SETTINGS_FILE } from "./follow-settings.ts";
import type { NativeHost } from "./native-host.ts";
import type { ProcessHost } from "./process-host.ts";
import { secretsFolder } from "./stores.ts";

/** The tunnel is the server's. */
type HostTopic = Exclude<Topic, "tunnel">;
type Marks = Readonly<Record<HostTopic, string>>;

export interface ChangeMarks {
  /** The marks now. Fails with `store_broken`. */
  look(): Promise<Marks>;
}

export interface ChangeMarksOptions {
  readonly paths: Pick<Paths, "data">;
  readonly db: ControlDb;
  /** Those parts of the host that somebody needed already. */
  native(): Promise<NativeHost> | undefined;
  processes(): Promise<ProcessHost> | undefined;
}

/** Opens nothing yet. */
export function openChangeMarks({ paths, db, native, processes }: ChangeMarksOptions): ChangeMarks {
  const tools = toolsFolder(paths);
  const pluginFiles = [CHANGED_FILE, RELOAD_FILE, SETTINGS_FILE, QUARANTINE_FILE].map((name) => join(tools, name));
  const registries = [join(paths.data, "Config", "registries.json")];
  const keys = [join(secretsFolder(paths), KEYS_FILE)];
  const rows = rowMarks(db);
  const commands = processMark(processes);
  return {
    async look() {
      const [stored, opened, processPlugins] = [await rows(), await native()?.catch(() => undefined), await commands()];
      const plugins = `${filesMark(pluginFiles)} ${opened?.stateMark ?? ""}`;
      return {
        ...stored,
        plugins,
        "process-plugins": processPlugins,
        registries: filesMark(registries),
        // Decisions are told with the tools that they are about.
        permissions: [plugins, processPlugins, stored.permissions].join(" "),
        // What an agent may call: what there is, what it may have, and what is held back.
        tools: [plugins, processPlugins, stored.agents, stored.permissions].join(" "),
        storage: filesMark(keys),
      };
    },
  };
}

/** What tells of each topic in the control database. */
const QUERIES = {
  agents: "SELECT count(*), max(updated_at) FROM agents",
  sessions: "SELECT count(*), max(updated_at) FROM sessions",
  tasks: "SELECT count(*), max(updated_at) FROM tasks",
  approvals: "SELECT group_concat(id) FROM approvals WHERE status = 'pending'",
  permissions: `SELECT changes, resets, (SELECT json_group_array(json_array(plugin_id, host, port)) FROM host_grants),
    (SELECT group_concat(id) FROM approvals WHERE kind = 'definition' AND status = 'pending'),
    (SELECT max(answered_at) FROM approvals WHERE remember = 'session') FROM grants_state`,
  keys: `SELECT count(*), max(created_at), count(revoked_at), sum(expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    FROM access_keys`,
  providers: "SELECT json_group_array(json_array(name, base_url, script, is_default, created_at)) FROM model_providers",
} as const satisfies Partial<Record<HostTopic, string>>;
type Stored = keyof typeof QUERIES;
type StoredMarks = Readonly<Record<Stored | "models", string>>;

const NO_ROWS: StoredMarks = {
  agents: "",
  sessions: "",
  tasks: "",
  approvals: "",
  permissions: "",
  keys: "",
  providers: "",
  models: "",
};

/** Looks at rows only after somebody wrote to the database, or when a key ended by itself. */
function rowMarks(db: ControlDb): () => Promise<StoredMarks> {
  let seen: { readonly mark: number; readonly marks: StoredMarks; readonly untilMs: number } | undefined;
  return async () => {
    const mark = db.changeMark();
    if (seen?.mark === mark && Date.now() < seen.untilMs) return seen.marks;
    const opened = await db.openIfThere();
    const marks = opened === undefined ? NO_ROWS : readRows(opened);
    // What was written in between is seen the next time.
    seen = { mark, marks, untilMs: opened === undefined ? Number.POSITIVE_INFINITY : nextKeyEndMs(opened) };
    return marks;
  };
}

function nextKeyEndMs(db: OpenDb): number {
  const now = new Date().toISOString();
  const ends = db.read((sqlite) =>
    sqlite.prepare("SELECT min(expires_at) FROM access_keys WHERE expires_at > ?").pluck().get(now),
  ) as string | null;
  return ends === null ? Number.POSITIVE_INFINITY : Date.parse(ends);
}

function readRows(db: OpenDb): StoredMarks {
  return db.read((sqlite) => {
    const markOf = (topic: Stored) => JSON.stringify(sqlite.prepare(QUERIES[topic]).raw().get());
    const names = Object.keys(QUERIES) as Stored[];
    const marks = Object.fromEntries(names.map((topic) => [topic, markOf(topic)])) as Record<Stored, string>;
    return { ...marks, models: marks.providers };
  });
}

/** Folders of process plugins are gone through, which costs more: not so often. */
function processMark(processes: ChangeMarksOptions["processes"]): () => Promise<string> {
  let seen = { mark: "", atMs: Number.NEGATIVE_INFINITY };
  return async () => {
    const nowMs = performance.now();
    if (nowMs - seen.atMs < SHELF_WATCH_MS) return seen.mark;
    const opened = await processes()?.catch(() => undefined);
    seen = { mark: opened?.stamp() ?? "", atMs: nowMs };
    return seen.mark;
  };
}

function filesMark(paths: readonly string[]): string {
  return paths.map(fileMark).join();
}

function fileMark(path: string): string {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? "" : `${stat.ino}-${stat.size}-${stat.mtimeNs}`;
  } catch {
    // What cannot be looked at is no news.
    return "";
  }
}
