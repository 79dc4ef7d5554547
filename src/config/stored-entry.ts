// One value as a file, a variable or a flag brings it in, with what decides whether it counts.

import type { ErrorCode } from "../protocol/errors.ts";
import type { ConfigCandidate, ConfigScope } from "./config.ts";

/** From weak to strong. Secret variables come after the others, so that they win. */
export const RANK = { file: 1, secrets: 2, env: 3, secretEnv: 4, session: 5 } as const;

export interface StoredEntry extends ConfigCandidate {
  readonly rank: number;
  /** Tables and keys as the file spells them, for finding the place again; undefined outside files. */
  readonly path?: readonly string[] | undefined;
}

/** Something wrong with what was brought in; `faults.ts` makes an error of it. */
export interface Fault {
  readonly code: Extract<ErrorCode, "config_invalid" | "config_value_invalid">;
  /** What is wrong, without the place. */
  readonly text: string;
  readonly hint?: string | undefined;
  readonly key?: string | undefined;
  /** The file, variable or flag. */
  readonly origin: string | null;
  /** Where in the file; undefined when the origin is none. */
  readonly path?: readonly string[] | undefined;
}

export interface Found {
  readonly entries: StoredEntry[];
  readonly faults: Fault[];
  /** Profiles that have a section, even one with nothing in it. */
  readonly profiles?: Set<string>;
}

export const EVERYWHERE: ConfigScope = { profile: null, terminal: null };

/** Whether the entry comes out of a store of secrets, whatever its key is called. */
export function isFromSecrets(entry: StoredEntry): boolean {
  return entry.source === "secrets" || entry.rank === RANK.secretEnv;
}

/** Whether the entry holds for a profile and terminal; with null as profile, only those that hold for all do. */
export function isInScope(scope: ConfigScope, profile: string | null, terminal: string): boolean {
  return (scope.profile ?? profile) === profile && (scope.terminal ?? terminal) === terminal;
}
