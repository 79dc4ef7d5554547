// The home of one test host: every folder that it may write to lies in one temporary folder, and nothing of the environment
// of whoever runs the tests reaches it but where programs are found.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Paths, resolvePaths } from "../base/paths.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

export interface TestHome {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly paths: Paths;
  remove(): void;
}

/** Makes it. It is removed with this process too, or by the next program that makes one. */
export function makeTestHome(): TestHome {
  const { path, remove } = makeScratchFolder("osprey-testkit-");
  const folder = (name: string) => {
    mkdirSync(join(path, name));
    return join(path, name);
  };
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
    LANG: "C.UTF-8",
    TZ: "UTC",
    HOME: folder("home"),
    XDG_CONFIG_HOME: folder("config"),
    XDG_CACHE_HOME: folder("cache"),
    XDG_STATE_HOME: folder("state"),
    OSAURUS_HOME: folder("data"),
    TMPDIR: folder("tmp"),
    // The tester's own keychain is left alone.
    OSAURUS_KEY_PROTECTION: "key-file",
  };
  return { path, env, paths: resolvePaths({ env, platform: process.platform }), remove };
}
