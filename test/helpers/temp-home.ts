// A user who owns nothing: every folder that Osprey may write to lies in one temporary folder.

import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { keptTempDir } from "./temp-dir.ts";

/** Compiled code of the program. What is in it, Node finds by the content of what was compiled. */
const COMPILED = join(import.meta.dirname, "../../build/test/compiled");

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
  shareCompiled(env.XDG_CACHE_HOME);
  return { path, env, remove };
}

/** What the program compiles for one home need not be compiled again for all the others. */
function shareCompiled(cache: string): void {
  mkdirSync(COMPILED, { recursive: true });
  mkdirSync(join(cache, "osp"), { mode: 0o700 });
  symlinkSync(COMPILED, join(cache, "osp/compiled"));
}
