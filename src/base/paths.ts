// Where things are kept, decided once from the environment. Nothing outside these folders is ever written.

import { userInfo } from "node:os";
import { join } from "node:path";

export interface Paths {
  /** Configuration of `osp`: `config.toml`, `secrets.toml`, the user's own process plugins. */
  readonly config: string;
  /** What can be rebuilt at any time: the describe cache, compiled code. */
  readonly cache: string;
  /** The data folder: installed native plugins, databases, secrets. */
  readonly data: string;
  /** What `osp` remembers between runs: histories, logs. */
  readonly state: string;
}

export interface PathsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home?: string;
}

/**
 * The folders for this environment. `OSAURUS_HOME` replaces the data folder; the XDG variables are honoured on every
 * platform; relative and empty values are ignored, as the XDG specification asks.
 */
export function resolvePaths({ env, platform, home = absolute(env.HOME) ?? homeOfUser() }: PathsInput): Paths {
  const isMac = platform === "darwin";
  const support = join(home, "Library", "Application Support");
  const config = absolute(env.XDG_CONFIG_HOME) ?? (isMac ? support : join(home, ".config"));
  const cache = absolute(env.XDG_CACHE_HOME) ?? (isMac ? join(home, "Library", "Caches") : join(home, ".cache"));
  const state = absolute(env.XDG_STATE_HOME);
  const share = absolute(env.XDG_DATA_HOME);
  const data = share ? join(share, "osaurus") : isMac ? join(support, "Osaurus") : join(home, ".local/share/osaurus");
  return {
    config: join(config, "osp"),
    cache: join(cache, "osp"),
    data: absolute(env.OSAURUS_HOME) ?? data,
    state: state ? join(state, "osp") : isMac ? join(support, "osp/state") : join(home, ".local/state/osp"),
  };
}

/** Files that were shared with agents: all that native plugins may read. */
export function artifactsFolder(env: PathsInput["env"], home = absolute(env.HOME) ?? homeOfUser()): string {
  return join(absolute(env.OSAURUS_HOME) ?? join(home, ".osaurus"), "artifacts");
}

/** Which commands of process plugins are denied; whoever runs one looks whether the file is there. */
export function deniedCommandsPath({ data }: Pick<Paths, "data">): string {
  return join(data, "denied-commands.json");
}

/** A user may have no entry among the users of the computer, and so no home. */
function homeOfUser(): string {
  try {
    return userInfo().homedir;
  } catch {
    return "/";
  }
}

function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") ? path : undefined;
}
