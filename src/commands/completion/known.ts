// What is known to one completion: the flags that were typed, the configuration, the plugins. Each is looked up when it is
// first asked for, and nothing is started for any of them.

import { type Paths, resolvePaths } from "../../base/paths.ts";
import type { Config } from "../../config/config.ts";
import type { KeyringStore } from "../../config/keyring.ts";
import { loadConfig } from "../../config/load-config.ts";
import { type OfferedCommands, offeredCommands } from "../../host/offered-commands.ts";
import type { CommandIo } from "../../terminal/io.ts";
import { BUILT_IN_WORDS } from "../built-in-words.ts";
import type { Flags } from "../flags.ts";
import type { PathsInput } from "./path-offers.ts";

export interface Known {
  readonly io: Pick<CommandIo, "env" | "cwd">;
  readonly paths: Paths;
  /** Of the session and of the line; those of the line are added while it is read. */
  readonly flags: Flags;
  /** Nothing behind the line turns `~` into a folder. */
  readonly expandsHome: boolean;
  /** Whether the line is one of an interactive shell. */
  readonly isSession: boolean;
  /** Throws for a configuration that cannot be read at all. */
  config(word?: string): Promise<Config>;
  commands(): Promise<OfferedCommands>;
}

interface KnownInput extends Pick<Known, "io" | "expandsHome"> {
  /** Is not changed. */
  readonly flags: Flags;
}

export function createKnown({ io, flags, expandsHome }: KnownInput): Known {
  const paths = resolvePaths({ env: io.env, platform: process.platform });
  const own = { ...flags };
  const configs = new Map<string, Promise<Config>>();
  const offers = new Map<string, Promise<OfferedCommands>>();
  const known: Known = {
    io,
    paths,
    flags: own,
    expandsHome,
    isSession: flags.session !== undefined,
    config(word) {
      const key = JSON.stringify([word, own.profile, own.useEnv, own.useFile, own.defaultsOnly, own.overrides]);
      const config = configs.get(key) ?? readQuietly({ io, paths, flags: own, word });
      configs.set(key, config);
      return config;
    },
    commands() {
      const { pluginDirs, defaultsOnly } = own;
      const key = JSON.stringify([own.profile, pluginDirs, defaultsOnly]);
      const found =
        offers.get(key) ??
        known.config().then((config) => {
          return offeredCommands({ paths, env: io.env, cwd: io.cwd, config, pluginDirs, useDefaults: defaultsOnly });
        });
      offers.set(key, found);
      return found;
    },
  };
  return known;
}

/** From where files are looked for. */
export function placesOf({ io, expandsHome }: Known): PathsInput {
  return { cwd: io.cwd, env: io.env, expandsHome };
}

interface ConfigInput extends Pick<Known, "io" | "paths" | "flags"> {
  readonly word: string | undefined;
}

async function readQuietly({ io, paths, flags, word }: ConfigInput): Promise<Config> {
  const { session, profile, useEnv, useFile, defaultsOnly, overrides } = flags;
  return await loadConfig({
    paths,
    env: io.env,
    cwd: io.cwd,
    terminal: session === undefined ? "cli" : "repl",
    profile,
    word,
    reservedWords: BUILT_IN_WORDS,
    useEnv,
    useFile,
    defaultsOnly,
    overrides: [...(session?.overrides ?? []), ...overrides],
    lenient: true,
    keyring: CLOSED_KEYRING,
  });
}

/** To ask the system's keyring takes a process, and may ask the user. What is secret is of no use here. */
const CLOSED_KEYRING: KeyringStore = {
  get: async () => undefined,
  set: () => Promise.reject(new Error("completion sets nothing")),
  delete: () => Promise.reject(new Error("completion deletes nothing")),
};
