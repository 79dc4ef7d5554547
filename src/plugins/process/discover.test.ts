import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pluginDir, processFixture } from "../../../test/helpers/process-fixtures.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { describePlugin } from "./describe.ts";
import { discoverPlugins } from "./discover.ts";
import { findCandidates, findRootProblems, pluginRoots } from "./roots.ts";

const context = { env: { PATH: process.env["PATH"] }, cwd: "/", signal: new AbortController().signal };
const paths = { config: "/config/osp", cache: "/cache/osp", data: "/data" };

function writePlugin(dir: string, name: string, id = "p", version = "1.0.0"): string {
  const path = join(dir, name);
  const answer = { protocol_version: 1, plugin_id: id, plugin_version: version, commands: [{ name: "c" }] };
  writeFileSync(path, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("plugin folders", () => {
  test("come from the flag, the environment and the configuration, relative ones from the current folder", () => {
    const env = { OSP_PLUGIN_PATH: "/env/a::rel" };
    expect(pluginRoots({ pluginDirs: ["x", "", "/y"], env, cwd: "/here", paths })).toEqual([
      { dir: "/here/x", source: "explicit" },
      { dir: "/y", source: "explicit" },
      { dir: "/env/a", source: "env" },
      { dir: "/here/rel", source: "env" },
      { dir: "/config/osp/plugins", source: "user" },
    ]);
  });

  test("only executable files with a plain osp- name are plugins, in the order of their names", () => {
    const dir = tempDir();
    for (const name of ["osp-b", "osp-a-2", "osp-", "osp-X", "osp-a.sh", "osp-a_b", "other", "OSP-a"])
      writePlugin(dir, name);
    chmodSync(writePlugin(dir, "osp-not-executable"), 0o644);
    mkdirSync(join(dir, "osp-folder"));
    symlinkSync(join(dir, "osp-b"), join(dir, "osp-link"));
    symlinkSync("/no/such/file", join(dir, "osp-broken-link"));
    const found = findCandidates([{ dir, source: "env" }]);
    expect(found.map((one) => one.fallbackId)).toEqual(["a-2", "b", "link"]);
  });

  test("a folder that is reached twice counts once, one that is missing or a file counts as empty", () => {
    const dir = tempDir();
    const file = writePlugin(dir, "osp-a");
    const link = join(tempDir(), "link");
    symlinkSync(dir, link);
    const found = findCandidates([
      { dir: "/no/such/folder", source: "explicit" },
      { dir: file, source: "explicit" },
      { dir: link, source: "env" },
      { dir, source: "user" },
    ]);
    expect(found).toEqual([{ path: join(link, "osp-a"), source: "env", fallbackId: "a" }]);
  });
});

describe("folders that were named for this run", () => {
  test("and cannot be searched are problems; others are left alone", () => {
    const dir = tempDir();
    const file = writePlugin(dir, "osp-a");
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

describe("discovery", () => {
  test("of plugins with one id the first healthy one wins, and the others name it", async () => {
    const dirs = [tempDir(), tempDir(), tempDir()] as const;
    const broken = writePlugin(dirs[0], "osp-p");
    writeFileSync(broken, "#!/bin/sh\nexit 1\n");
    const winner = writePlugin(dirs[1], "osp-one", "p");
    writePlugin(dirs[2], "osp-two", "p");
    const roots = dirs.map((dir) => ({ dir, source: "explicit" as const }));
    const plugins = await discoverPlugins({ ...context, roots });
    const shadowed = `shadowed by ${winner}, which has the same id`;
    expect(plugins.map(({ pluginId, healthy, issue }) => ({ pluginId, healthy, issue }))).toEqual([
      { pluginId: "p", healthy: false, issue: `--describe exited with status 1; ${shadowed}` },
      { pluginId: "p", healthy: true, issue: null },
      { pluginId: "p", healthy: false, issue: shadowed },
    ]);
  });

  test("keeps the order of the folders however long each plugin takes", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `n${String(i).padStart(2, "0")}`);
    const dir = tempDir();
    for (const name of names) writePlugin(dir, `osp-${name}`, name);
    const plugins = await discoverPlugins({ ...context, roots: [{ dir, source: "env" }] });
    expect(plugins.map((plugin) => plugin.pluginId)).toEqual(names);
  });

  test("a plugin that takes long to describe itself is named while it is waited for", async () => {
    const dir = pluginDir("describe-sleeps", "scalar");
    const stop = new AbortController();
    const slow: string[] = [];
    const onSlowDescribe = (path: string) => {
      slow.push(path);
      stop.abort();
    };
    const roots = [{ dir, source: "explicit" as const }];
    const discovery = discoverPlugins({ ...context, roots, signal: stop.signal, onSlowDescribe });
    await expect(discovery).rejects.toMatchObject({ code: "interrupted" });
    expect(slow).toContain(join(dir, "osp-describe-sleeps"));
  });

  test("an abort ends it", async () => {
    const roots = [{ dir: pluginDir("scalar"), source: "explicit" as const }];
    const discovery = discoverPlugins({ ...context, roots, signal: AbortSignal.abort() });
    await expect(discovery).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("a description", () => {
  test("is asked for without what the host tells a command", async () => {
    const dir = tempDir();
    const path = join(dir, "osp-env");
    writeFileSync(path, '#!/bin/sh\necho "$OSP_COMMAND$OSP_FORMAT$OSP_PLUGIN_CFG_TOKEN$KEPT" >&2\nexit 1\n');
    chmodSync(path, 0o755);
    const env = { ...context.env, OSP_COMMAND: "a", OSP_FORMAT: "b", OSP_PLUGIN_CFG_TOKEN: "c", KEPT: "kept" };
    const { error } = await describePlugin({ ...context, env, path });
    expect(error!.message).toBe("--describe exited with status 1; it said: kept");
  });

  test("that does not come in time is an error", async () => {
    const path = processFixture("describe-sleeps");
    const { description, error } = await describePlugin({ ...context, path, timeoutMs: 200 });
    expect([description, error!.code]).toEqual([null, "describe_timeout"]);
  });

  test("that asks for a newer host is kept, with an error", async () => {
    const { description, error } = await describePlugin({ ...context, path: processFixture("needs-newer-host") });
    expect(description!.plugin_id).toBe("needs-newer-host");
    expect(error!.code).toBe("describe_invalid");
  });
});
