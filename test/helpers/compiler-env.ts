// What compilers and package managers need of the tester's own, for tests with a home of their own: they find what they made before.

import { homedir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
/** Compilers keep here what they made, so that the next run is quick; the folders of projects are always the same for that. */
export const KEPT_PROJECTS = join(ROOT, "build/test/projects");

/**
 * Variables to put over those of a test's home. None may load anything from a network but npm. Go and Zig share with the fixtures what takes
 * them longest.
 */
export function compilerEnv({ PATH = "" }: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return {
    PATH: `${PATH}:${join(ROOT, "build/zig/ziglang")}`, // Where continuous integration puts it.
    CARGO_HOME: process.env["CARGO_HOME"] ?? join(homedir(), ".cargo"),
    RUSTUP_HOME: process.env["RUSTUP_HOME"] ?? join(homedir(), ".rustup"),
    CARGO_NET_OFFLINE: "true",
    CARGO_TARGET_DIR: join(KEPT_PROJECTS, "cargo"),
    GOCACHE: join(ROOT, "build/test/fixtures/abi/go-cache"),
    GOPROXY: "off",
    GOTOOLCHAIN: "local",
    ZIG_GLOBAL_CACHE_DIR: join(ROOT, "build/test/fixtures/zig-cache"),
    ZIG_LOCAL_CACHE_DIR: join(ROOT, "build/test/fixtures/zig-cache"),
    ...networkSettings(),
    npm_config_cache: process.env["npm_config_cache"] ?? join(homedir(), ".npm"),
    npm_config_userconfig: process.env["npm_config_userconfig"] ?? join(homedir(), ".npmrc"),
    npm_config_prefer_offline: "true",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** How this machine reaches the registry of npm. */
function networkSettings(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) =>
    /^(https?_proxy|no_proxy|npm_config_.*|(node_extra|ssl)_c.*)$/i.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name]!]));
}
