import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { timesAsked, writePlugin } from "../../../test/helpers/written-plugins.ts";
import { DESCRIBE_CACHE_BYTES_MAX, DESCRIBE_FAILURE_KEPT_MS } from "../../protocol/limits.ts";
import { type CacheEntry, entryKey, type FailureEntry, isFailureKept, readDescribeCache } from "./describe-cache.ts";
import { discoverPlugins } from "./discover.ts";
import { readStamp } from "./file-stamp.ts";
import { updateDescribeCache } from "./update-describe-cache.ts";

const context = { env: { PATH: process.env["PATH"] }, cwd: "/", signal: new AbortController().signal };
const NOTHING = { entries: [], failures: [], forget: [] };

/** Discovers the plugins of a folder as a program would that has just been started. */
async function discover(dir: string, cacheFile: string) {
  const roots = [{ dir, source: "explicit" as const }];
  return (await discoverPlugins({ ...context, roots, cacheFile })).plugins;
}

const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));

describe("the cache file", () => {
  test("holds path, size, time and description of each plugin, for people to read, for nobody else", async () => {
    const [dir, file] = [tempDir(), join(tempDir(), "not", "yet", "describe-v1.json")];
    const path = writePlugin({ dir, name: "a" });
    await discover(dir, file);
    const { size, mtimeSecs, mtimeNanos } = readStamp(path)!;
    const command = { name: "a", about: "", auth: null, args: [], flags: {}, subcommands: [] };
    const describe = {
      protocol_version: 1,
      plugin_id: "a",
      plugin_version: "1.0.0",
      min_osp_version: null,
      commands: [command],
    };
    expect(read(file)).toEqual({
      entries: [{ path, size, mtime_secs: mtimeSecs, mtime_nanos: mtimeNanos, describe }],
    });
    expect(readFileSync(file, "utf8")).toContain('\n  "entries": [\n    {\n      "path": ');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, ".."))).toEqual(["describe-v1.json"]);
  });

  test("spares the question while the file is unchanged, and only then", async () => {
    const [dir, file] = [tempDir(), join(tempDir(), "c.json")];
    const path = writePlugin({ dir, name: "a" });
    expect((await discover(dir, file))[0]).toMatchObject({ healthy: true, isCached: false });
    expect((await discover(dir, file))[0]).toMatchObject({ healthy: true, isCached: true, version: "1.0.0" });
    expect(timesAsked(path)).toBe(1);
    writePlugin({ dir, name: "a", version: "2.0.0" });
    expect((await discover(dir, file))[0]).toMatchObject({ isCached: false, version: "2.0.0" });
    expect([timesAsked(path), read(file).entries.length]).toEqual([2, 1]);
  });

  test("is not written when nothing was learned", async () => {
    const [dir, file] = [tempDir(), join(tempDir(), "c.json")];
    writePlugin({ dir, name: "a" });
    await discover(dir, file);
    const before = statSync(file, { bigint: true });
    await discover(dir, file);
    await updateDescribeCache(file, { ...NOTHING, forget: ["/no/such/plugin"] });
    const after = statSync(file, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  test("keeps what belongs to folders that were not searched, and loses what is gone", async () => {
    const file = join(tempDir(), "c.json");
    const [one, two, three] = [tempDir(), tempDir(), tempDir()];
    const kept = writePlugin({ dir: one, name: "a" });
    const gone = writePlugin({ dir: two, name: "b" });
    await discover(one, file);
    await discover(two, file);
    rmSync(gone);
    const added = writePlugin({ dir: three, name: "c" });
    await discover(three, file);
    expect(read(file).entries.map((entry: CacheEntry) => entry.path)).toEqual([kept, added].sort());
  });

  test("of another program is understood, and put into the form that needs no further reading", async () => {
    const [dir, file] = [tempDir(), join(tempDir(), "c.json")];
    const path = writePlugin({ dir, name: "a" });
    const foreign = {
      protocol_version: 1,
      plugin_id: " theirs ",
      plugin_version: "3",
      commands: [{ name: "x", new: 1 }],
    };
    writeFileSync(
      file,
      JSON.stringify({ entries: [{ ...entryKey(path, readStamp(path)!), describe: foreign }], more: 1 }),
    );
    expect((await discover(dir, file))[0]).toMatchObject({ pluginId: "theirs", version: "3", isCached: true });
    expect(timesAsked(path)).toBe(0);
    expect(read(file).entries[0].describe).toMatchObject({ plugin_id: "theirs", commands: [{ name: "x", flags: {} }] });
  });

  test("is believed about the version that a plugin asks for only as far as this host agrees", async () => {
    const [dir, file] = [tempDir(), join(tempDir(), "c.json")];
    const path = writePlugin({ dir, name: "a", more: { min_osp_version: "1.0.0" } });
    await discover(dir, file);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace('"min_osp_version": "1.0.0"', '"min_osp_version": "999.0.0"'),
    );
    const [plugin] = await discover(dir, file);
    expect(plugin).toMatchObject({
      pluginId: "a",
      healthy: false,
      isCached: true,
      error: { code: "describe_invalid" },
    });
    expect([plugin!.issue, timesAsked(path)]).toEqual([expect.stringContaining("needs osp 999.0.0"), 1]);
  });
});

test("what was learned before an interruption is kept", async () => {
  const [dir, cacheFile] = [tempDir(), join(tempDir(), "c.json")];
  const quick = writePlugin({ dir, name: "a-quick" });
  writePlugin({ dir, name: "hangs", before: "sleep 1000" });
  const stop = new AbortController();
  const request = { ...context, signal: stop.signal, roots: [{ dir, source: "explicit" as const }], cacheFile };
  const search = discoverPlugins({ ...request, onSlowDescribe: (path) => path.endsWith("hangs") && stop.abort() });
  await expect(search).rejects.toMatchObject({ code: "interrupted" });
  expect(read(cacheFile).entries.map((entry: CacheEntry) => entry.path)).toEqual([quick]);
});

describe("a cache file that is no use", () => {
  /** Puts something in the place of the cache, and expects it to be healed by the next search. */
  async function expectHealed(spoil: (file: string, good: string) => void): Promise<void> {
    const [dir, file] = [tempDir(), join(tempDir(), "c.json")];
    const path = writePlugin({ dir, name: "a" });
    await discover(dir, file);
    const good = readFileSync(file, "utf8");
    spoil(file, good);
    expect((await discover(dir, file))[0]).toMatchObject({ pluginId: "a", healthy: true, isCached: false });
    expect([timesAsked(path), readFileSync(file, "utf8")]).toEqual([2, good]);
  }

  const write = (change: (good: string) => string | Buffer) => (file: string, good: string) =>
    writeFileSync(file, change(good));
  const replace = (from: RegExp | string, to: string) => write((good) => good.replace(from, to));
  const describeAs = (text: string) =>
    write((good) => {
      const { describe: _, ...key } = JSON.parse(good).entries[0];
      return `{"entries":[${JSON.stringify(key).slice(0, -1)},"describe":${text}}]}`;
    });
  const deep = '{"name":"a","subcommands":['.repeat(200_000) + "]}".repeat(200_000);

  test.each<[string, (file: string, good: string) => void]>([
    ["missing", (file) => rmSync(file)],
    ["empty", write(() => "")],
    ["garbage", write(() => Buffer.from([0xff, 0, 0x7b, 0x1b]))],
    ["a list", write((good) => `[${good}]`)],
    ["null", write(() => "null")],
    ["without entries", write(() => "{}")],
    [
      "with entries that are no list",
      write((good) => good.replace("[", '{"length":1,"0":').replace(/\]\s*\}\s*$/, "}}")),
    ],
    [
      "with entries of wrong types",
      write(() => '{"entries":[null,1,"x",[],{},{"path":1},{"path":"/x","size":"1"}],"failures":7}'),
    ],
    ["with a size that is text", replace(/"size": (\d+)/, '"size": "$1"')],
    ["with a time that is no whole number", replace(/"mtime_nanos": \d+/, '"mtime_nanos": 1e-3')],
    ["with a number that is too large", replace(/"size": \d+/, '"size": 1e400')],
    ["with a relative path", replace('"path": "/', '"path": "')],
    ["with __proto__ in the place of the description", replace('"describe"', '"__proto__"')],
    ["with __proto__ in the place of the entries", replace('"entries"', '"__proto__"')],
    ["with a description that is none", describeAs('{"plugin_id":"evil"}')],
    ["with a description that is a list", describeAs("[]")],
    ["with __proto__ in the description", describeAs('{"__proto__":{"protocol_version":1,"plugin_id":"evil"}}')],
    [
      "nested without end",
      describeAs(`{"protocol_version":1,"plugin_id":"x","plugin_version":"1","commands":[${deep}]}`),
    ],
    ["a description of another protocol", replace('"protocol_version": 1', '"protocol_version": 2')],
    ["one byte too large", (file) => truncateSync(file, DESCRIBE_CACHE_BYTES_MAX + 1)],
  ])("%s counts as empty and is written anew", async (_, spoil) => expectHealed(spoil));

  test("cut at any place counts as empty and is written anew", async () => {
    const [dir, file] = [tempDir(), join(tempDir(), "c.json")];
    for (const name of ["a", "b", "c"]) writePlugin({ dir, name });
    await discover(dir, file);
    const good = readFileSync(file, "utf8");
    for (let end = 0; end < good.length - 3; end += 100) {
      writeFileSync(file, good.slice(0, end));
      expect(readDescribeCache(file)).toEqual({ entries: [], failures: [] });
      expect((await discover(dir, file)).map(({ healthy }) => healthy)).toEqual([true, true, true]);
      expect(readFileSync(file, "utf8")).toBe(good);
    }
  });

  test("of the largest size that is allowed is read", () => {
    const file = join(tempDir(), "c.json");
    const text = '{"entries":[]}';
    writeFileSync(file, text + " ".repeat(DESCRIBE_CACHE_BYTES_MAX - text.length));
    expect(readDescribeCache(file)).toEqual({ entries: [], failures: [] });
  });

  test.each([
    ["a folder stands in its place", (cache: string) => mkdirSync(join(cache, "c.json"), { recursive: true })],
    ["its folder is a file", (cache: string) => writeFileSync(cache, "")],
    ["its folder cannot be written", (cache: string) => mkdirSync(cache, { mode: 0o500 })],
  ])("cannot be written because %s: the plugins work all the same", async (_, prepare) => {
    const [dir, cache] = [tempDir(), join(tempDir(), "cache")];
    writePlugin({ dir, name: "a" });
    prepare(cache);
    for (let round = 0; round < 2; round++) {
      expect((await discover(dir, join(cache, "c.json")))[0]).toMatchObject({ pluginId: "a", healthy: true });
    }
    if (statSync(cache).isDirectory()) chmodSync(cache, 0o700);
  });
});

describe("several processes at once", () => {
  test("each keep what they learned, and lose nothing of the others", async () => {
    const file = join(tempDir(), "c.json");
    const script = join(tempDir(), "discover.ts");
    writeFileSync(
      script,
      `import { discoverPlugins } from ${JSON.stringify(join(import.meta.dirname, "discover.ts"))};
       const [dir, cacheFile] = process.argv.slice(2);
       const signal = new AbortController().signal;
       await discoverPlugins({ env: process.env, cwd: "/", signal, roots: [{ dir, source: "explicit" }], cacheFile });`,
    );
    const dirs = Array.from({ length: 6 }, () => tempDir());
    const paths = dirs.flatMap((dir, index) =>
      ["a", "b"].map((name) => writePlugin({ dir, name: `${name}${index}`, before: "sleep 0.2" })),
    );
    const codes = await Promise.all(
      dirs.map(async (dir) => {
        const child = spawn(process.execPath, [script, dir, file], { stdio: "inherit" });
        return (await once(child, "exit"))[0];
      }),
    );
    expect(codes).toEqual(dirs.map(() => 0));
    expect(
      read(file)
        .entries.map((entry: CacheEntry) => entry.path)
        .sort(),
    ).toEqual(paths.sort());
    expect(readdirSync(join(file, ".."))).toEqual(["c.json"]);
  });
});

describe("a description that failed", () => {
  async function failing(before: string, describeTimeoutMs: number) {
    const [dir, file] = [tempDir(), join(tempDir(), "c.json")];
    const path = writePlugin({ dir, name: "a", before });
    const roots = [{ dir, source: "explicit" as const }];
    const search = async (more: object = {}) =>
      (await discoverPlugins({ ...context, roots, cacheFile: file, describeTimeoutMs, ...more })).plugins[0]!;
    return { path, file, search };
  }

  test("slowly is remembered, says so, and costs its time once", async () => {
    const { path, file, search } = await failing("sleep 1000", 1100);
    expect(await search()).toMatchObject({ issue: "--describe gave no answer in 1100 ms", isCached: false });
    const remembered = await search();
    expect(remembered).toMatchObject({
      state: "broken",
      isCached: true,
      issue: '--describe gave no answer in 1100 ms (remembered: "osp plugins refresh" asks it again)',
      error: { code: "describe_timeout", hint: 'run "osp plugins refresh" to ask it again' },
    });
    expect(timesAsked(path)).toBe(1);
    const [failure] = read(file).failures;
    expect(Object.keys(failure)).toEqual([
      ...["path", "size", "mtime_secs", "mtime_nanos", "code", "message", "failed_at_ms", "timeout_ms"],
    ]);

    // It is asked again by who would wait longer, once the file changed, when the memory is old, and when told to.
    await search({ describeTimeoutMs: 1200 });
    expect(timesAsked(path)).toBe(2);
    await search({ fresh: true });
    expect(timesAsked(path)).toBe(3);
    const old = { ...failure, failed_at_ms: Date.now() - DESCRIBE_FAILURE_KEPT_MS - 1 };
    writeFileSync(file, JSON.stringify({ entries: [], failures: [old] }));
    writePlugin({ dir: join(path, ".."), name: "a" });
    expect(await search()).toMatchObject({ healthy: true, isCached: false });
    expect(timesAsked(path)).toBe(4);
    expect(read(file).failures).toBeUndefined();
  });

  test("quickly is asked again at every start, and leaves no trace", async () => {
    const { path, file, search } = await failing("exit 3", 10_000);
    for (let round = 0; round < 2; round++) expect(await search()).toMatchObject({ state: "broken", isCached: false });
    expect([timesAsked(path), existsSync(file)]).toEqual([2, false]);
  });

  test("takes the place of an older description, when it was asked for freshly", async () => {
    const { path, file, search } = await failing('[ -e "$0.broken" ] && exit 3', 10_000);
    expect(await search()).toMatchObject({ healthy: true });
    writeFileSync(`${path}.broken`, "");
    expect(await search()).toMatchObject({ healthy: true, isCached: true });
    expect(await search({ fresh: true })).toMatchObject({ healthy: false });
    expect(read(file).entries).toEqual([]);
  });

  test("counts up to the end of its time and not before its beginning", () => {
    const failure = { failed_at_ms: 1000, code: "describe_failed", timeout_ms: 1 } as FailureEntry;
    const kept = (nowMs: number) => isFailureKept(failure, nowMs, 10_000);
    expect([999, 1000, 1000 + DESCRIBE_FAILURE_KEPT_MS, 1001 + DESCRIBE_FAILURE_KEPT_MS].map(kept)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

test("the number of files that were forgotten counts each once, whether it was known for good or bad", async () => {
  const file = join(tempDir(), "c.json");
  const key = (path: string) => entryKey(path, { size: 1, mtimeSecs: 1, mtimeNanos: 1 });
  const failure = (path: string) =>
    ({ ...key(path), code: "describe_failed", message: "m", failed_at_ms: Date.now(), timeout_ms: 1 }) as const;
  const entries = [{ ...key("/bin/sh"), describe: {} }];
  await updateDescribeCache(file, { ...NOTHING, entries, failures: [failure("/bin/sh"), failure("/bin/cat")] });
  expect(await updateDescribeCache(file, { ...NOTHING, forget: ["/bin/sh", "/bin/cat", "/bin/ls"] })).toBe(2);
  expect(read(file)).toEqual({ entries: [] });
});
