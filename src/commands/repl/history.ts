// The lines that a shell offers again, with what the configuration says about them: kept in a file, or in memory only.

import { hostname } from "node:os";
import { resolve } from "node:path";
import { resolvePaths } from "../../base/paths.ts";
import { type Config, configFlag, configList, configNumber, configText } from "../../config/config.ts";
import { HISTORY_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import type { CommandIo } from "../../terminal/io.ts";
import type { HistoryEntry } from "./history-entry.ts";
import { HistoryFile } from "./history-file.ts";

/** Words that are quicker typed than looked for. */
const NOT_KEPT: ReadonlySet<string> = new Set(["exit", "quit", "help", "history"]);

/** What happened when a line was run. */
export interface RanLine {
  readonly text: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly exitCode: number;
}

export class History {
  readonly #sessionId = crypto.randomUUID();
  /** Lines of this shell that no file has. */
  readonly #memory: HistoryEntry[] = [];
  #file: HistoryFile | undefined;
  /** The file may be read, and was found not to be writable. */
  #isReadOnly = false;
  #config: Config;
  readonly #io: Pick<CommandIo, "env" | "cwd">;
  /** Says once why lines are not kept. */
  readonly #warn: (text: string) => void;

  constructor(io: Pick<CommandIo, "env" | "cwd">, config: Config, warn: (text: string) => void) {
    this.#io = io;
    this.#config = config;
    this.#warn = warn;
    this.follow(config);
  }

  /** From now on as this configuration says. */
  follow(config: Config): void {
    this.#config = config;
    const path = configFlag(config, "repl.history.enabled") === false ? undefined : historyPath(config, this.#io);
    if (path === this.#file?.path) return;
    this.#file = path === undefined ? undefined : new HistoryFile(path);
    this.#isReadOnly = false;
  }

  /** Oldest first; what other shells did comes before what was typed in this one. Never throws. */
  entries(): readonly HistoryEntry[] {
    const kept = visibleEntries(this.#config, this.#fromFile());
    const isOwn = (entry: HistoryEntry) => entry.session_id === this.#sessionId;
    return [...kept.filter((entry) => !isOwn(entry)), ...kept.filter(isOwn), ...this.#memory];
  }

  /** Takes a line in that was run, unless it is of no use or holds a secret. Never throws. */
  async add(line: RanLine): Promise<void> {
    if (!(await this.#mayKeep(line.text))) return;
    const entry = {
      command_line: line.text.trim(),
      timestamp_ms: line.startedAtMs,
      duration_ms: Math.round(line.durationMs),
      exit_status: line.exitCode,
      cwd: this.#io.cwd,
      hostname: hostname(),
      session_id: this.#sessionId,
      profile: this.#config.profile,
      terminal: this.#config.terminal,
    };
    const entriesMax = configNumber(this.#config, "repl.history.max_entries") ?? 1000;
    if (this.#file !== undefined && !this.#isReadOnly) {
      try {
        const isWanted = () => !this.#isRepeated(entry.command_line);
        return await this.#file.add(entry, { entriesMax, isWanted });
      } catch (error) {
        this.#isReadOnly = true;
        this.#complain(this.#file, error);
      }
    }
    if (this.#isRepeated(entry.command_line)) return;
    this.#memory.push({ ...entry, id: (this.entries().at(-1)?.id ?? 0) + 1 });
    if (this.#memory.length > entriesMax) this.#memory.shift();
  }

  #fromFile(): readonly HistoryEntry[] {
    const file = this.#file;
    try {
      return file?.read() ?? [];
    } catch (error) {
      this.#file = undefined;
      if (!this.#isReadOnly) this.#complain(file!, error);
      return [];
    }
  }

  #isRepeated(text: string): boolean {
    const doesDedupe = configFlag(this.#config, "repl.history.dedupe") !== false;
    return doesDedupe && this.entries().at(-1)?.command_line === text;
  }

  /** A space in front is how people say that a line is nobody's business. */
  async #mayKeep(text: string): Promise<boolean> {
    const first = /^\S+/.exec(text)?.[0];
    if (first === undefined || first.startsWith("!") || NOT_KEPT.has(first)) return false;
    if (text.length > HISTORY_LINE_CHARS_MAX) return false;
    if (configList(this.#config, "repl.history.exclude").some((glob) => matches(glob, text.trim()))) return false;
    const { holdsSecret } = await import("./holds-secret.ts");
    return !holdsSecret(text);
  }

  #complain({ path }: HistoryFile, error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const reason = code === "LOCKED" ? `${path}.lock is in the way; remove it when no other shell is at work` : code;
    this.#warn(`the history cannot be kept in ${path}: ${reason}; lines of this session are kept in memory`);
  }
}

/** The file, whether or not it is there. */
export function historyPath(config: Config, { env }: Pick<CommandIo, "env">): string {
  const path = configText(config, "repl.history.path") ?? "";
  const { state } = resolvePaths({ env, platform: process.platform });
  const isOfHome = path === "~" || path.startsWith("~/");
  return resolve(state, isOfHome && env["HOME"] ? `${env["HOME"]}${path.slice(1)}` : path);
}

/** The entries that are offered under this configuration. */
export function visibleEntries(config: Config, entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  return configFlag(config, "repl.history.profile_scoped") === false ? entries : entries.filter(isOfProfile(config));
}

function isOfProfile({ profile }: Config): (entry: HistoryEntry) => boolean {
  return (entry) => entry.profile === profile;
}

/** `*` stands for any text; everything else for itself. */
function matches(glob: string, text: string): boolean {
  const [first = "", ...others] = glob.split("*");
  if (others.length === 0) return glob === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = others.pop()!;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
