import { execFileSync } from "node:child_process";
import { type BigIntStats, chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { packageRoot } from "../../base/package-root.ts";
import { readStamp, stampOf } from "./file-stamp.ts";
import { distinctRoots, findCandidates, findRootProblems, pluginRoots } from "./roots.ts";

const paths = { config: "/config/osp", cache: "/cache/osp", data: "/data", state: "/state/osp" };
const input = { pluginDirs: [], env: {}, cwd: "/here", paths, programDir: "/program/bin" };

function executable(dir: string, name: string): string {
  const path = join(dir, name);
  writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 });
  return path;
}

const idsIn = (dir: string) => findCandidates([{ dir, source: "env" }]).map((one) => one.fallbackId);

describe("plugin folders", () => {
  const bundled = [
    { dir: "/program/bin/plugins", source: "bundled" },
    { dir: "/program/lib/osp/plugins", source: "bundled" },
  ];
  const user = { dir: "/config/osp/plugins", source: "user" };

  test("come from the flag, the environment, the program, the user and PATH, relative ones from the current folder", () => {
    const env = { OSP_PLUGIN_PATH: "/env/a::rel", OSP_BUNDLED_PLUGIN_DIR: "came/with", PATH: "/usr/bin::/bin" };
    expect(pluginRoots({ ...input, pluginDirs: ["x", "", "/y"], env, searchPath: true })).toEqual([
      { dir: "/here/x", source: "explicit" },
      { dir: "/y", source: "explicit" },
      { dir: "/env/a", source: "env" },
      { dir: "/here/rel", source: "env" },
      { dir: "/here/came/with", source: "bundled" },
      ...bundled,
      user,
      { dir: "/usr/bin", source: "path" },
      { dir: "/bin", source: "path" },
    ]);
  });

  test("of PATH are left alone when nobody asked for them", () => {
    expect(pluginRoots({ ...input, env: { PATH: "/usr/bin", OSP_BUNDLED_PLUGIN_DIR: "" } })).toEqual([
      ...bundled,
      user,
    ]);
  });

  test("of the program and the user are left out with defaults only; those of this run remain", () => {
    const env = { OSP_PLUGIN_PATH: "/env", OSP_BUNDLED_PLUGIN_DIR: "/b" };
    expect(pluginRoots({ ...input, pluginDirs: ["/x"], env, useDefaults: true })).toEqual([
      { dir: "/x", source: "explicit" },
      { dir: "/env", source: "env" },
    ]);
  });

  test("of the program lie beside bin of the package, where nobody says otherwise", () => {
    const { programDir: _, ...rest } = input;
    expect(pluginRoots(rest)[0]!.dir).toBe(join(packageRoot(), "bin", "plugins"));
  });

  test("that are reached twice count once, under the first source; a missing one or a file does not count", () => {
    const dir = tempDir();
    const file = executable(dir, "osp-a");
    const link = join(tempDir(), "link");
    symlinkSync(dir, link);
    const roots = distinctRoots([
      { dir: "/no/such/folder", source: "explicit" },
      { dir: file, source: "explicit" },
      { dir: link, source: "env" },
      { dir, source: "user" },
    ]);
    expect(findCandidates(roots)).toEqual([
      { path: join(link, "osp-a"), dir: link, source: "env", fallbackId: "a", stamp: readStamp(file) },
    ]);
  });

  test("that were named for this run and cannot be searched are problems; others are left alone", () => {
    const dir = tempDir();
    const file = executable(dir, "osp-a");
    const closed = join(tempDir(), "closed");
    mkdirSync(closed, { mode: 0 });
    const explicit = [dir, "/no/such/folder", file, closed].map((one) => ({ dir: one, source: "explicit" as const }));
    const other = { dir: "/no/such/folder", source: "user" as const };
    const denied = process.getuid!() === 0 ? [] : [{ dir: closed, reason: "permission denied" }];
    expect(findRootProblems([...explicit, other])).toEqual([
      { dir: "/no/such/folder", reason: "there is no such folder" },
      { dir: file, reason: "it is not a folder" },
      ...denied,
    ]);
  });
});

describe("files in a plugin folder", () => {
  test("are plugins only with a plain osp- name and when they may be run, in the order of their names", () => {
    const dir = tempDir();
    for (const name of ["osp-b", "osp-a-2", "osp-", "osp-X", "osp-a.sh", "osp-a_b", "other", "OSP-a"])
      executable(dir, name);
    chmodSync(executable(dir, "osp-not-executable"), 0o644);
    mkdirSync(join(dir, "osp-folder"));
    symlinkSync(join(dir, "osp-b"), join(dir, "osp-link"));
    symlinkSync("/no/such/file", join(dir, "osp-broken-link"));
    expect(idsIn(dir)).toEqual(["a-2", "b", "link"]);
  });

  test("with hostile names or of hostile kinds are passed over, and none is opened", async () => {
    const dir = tempDir();
    for (const name of ["osp-a\nosp-b", "osp-a\n", "osp-\u001b[2J", "osp-\u00e9", "osp- ", "osp-a"]) {
      executable(dir, name);
    }
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/osp-`), Buffer.from([0xff, 0xfe])]), "", { mode: 0o755 });
    symlinkSync(join(dir, "osp-loop"), join(dir, "osp-loop"));
    symlinkSync(".", join(dir, "osp-itself"));
    execFileSync("/bin/sh", ["-c", `mkfifo -m 755 "$0"`, join(dir, "osp-fifo")]);
    const server = createServer().listen(join(dir, "osp-socket"));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    expect(idsIn(dir)).toEqual(["a"]);
  });

  test("may vanish with their folder, and a folder may be a loop of links", () => {
    const parent = tempDir();
    symlinkSync(join(parent, "b"), join(parent, "a"));
    symlinkSync(join(parent, "a"), join(parent, "b"));
    const gone = tempDir();
    rmSync(gone, { recursive: true });
    const roots = [join(parent, "a"), gone, `${parent}/${"x".repeat(5000)}`].map((dir) => ({
      dir,
      source: "env" as const,
    }));
    expect(distinctRoots(roots)).toEqual([]);
    expect(findCandidates(roots)).toEqual([]);
  });

  test("carry their size and the time of their last change, also from before 1970", () => {
    const dir = tempDir();
    const path = executable(dir, "osp-a");
    utimesSync(path, 0, 1_700_000_000.5);
    expect(findCandidates([{ dir, source: "env" }])[0]!.stamp).toEqual({
      size: 10,
      mtimeSecs: 1_700_000_000,
      mtimeNanos: 500_000_000,
    });
    const old = { size: 10n, mtimeNs: -250_000_000n } as BigIntStats;
    expect(stampOf(old)).toEqual({ size: 10, mtimeSecs: -1, mtimeNanos: 750_000_000 });
  });
});
