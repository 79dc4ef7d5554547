// A user who owns nothing: every folder that Osprey may write to lies in one temporary folder.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { keptTempDir } from "./temp-dir.ts";

export interface TempHome {
  readonly path: string;
  /** The whole environment for a program: nothing of the tester's own reaches it. */
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** Makes such a home. The caller removes it, for instance in `afterAll`. */
export function makeTempHome(): TempHome {
  const { path, remove } = keptTempDir();
  const folder = (name: string) => {
    mkdirSync(join(path, name), { recursive: true });
    return join(path, name);
  };
  const env = {
    // The Node that runs the tests comes first, for plugins that begin with "#!/usr/bin/env node".
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
    LANG: "C.UTF-8",
    HOME: folder("home"),
    XDG_CONFIG_HOME: folder("config"),
    XDG_CACHE_HOME: folder("cache"),
    XDG_DATA_HOME: folder("data"),
    XDG_STATE_HOME: folder("state"),
    XDG_RUNTIME_DIR: folder("run"),
    OSAURUS_HOME: folder("osaurus"),
    TMPDIR: folder("tmp"),
    // The tester's own keychain is left alone.
    ...(process.platform === "darwin" ? { OSAURUS_KEY_PROTECTION: "key-file" } : {}),
  };
  return { path, env, remove };
}
