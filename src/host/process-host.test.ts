import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { processFixture } from "../../test/helpers/process-fixtures.ts";
import { recordConfig } from "../../test/helpers/record-config.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { timesAsked, type WrittenPlugin, writePlugin } from "../../test/helpers/written-plugins.ts";
import type { ConfigValue } from "../config/config.ts";
import type { RuntimeHints } from "../plugins/process/plugin-environment.ts";
import { createProcessHost, type ProcessHostOptions } from "./process-host.ts";

const hints: RuntimeHints = {
  verbosity: "info",
  debugLevel: 0,
  format: "auto",
  color: "auto",
  unicode: "auto",
  terminalKind: "cli",
  profile: "default",
};

/** A user with plugin folders of each kind; `open` starts a host as a new program would. */
function user() {
  const home = tempDir();
  const dirs = {
    explicit: join(home, "explicit"),
    bundled: join(home, "program/plugins"),
    user: join(home, "config/osp/plugins"),
    path: join(home, "bin"),
  };
  for (const dir of Object.values(dirs)) mkdirSync(dir, { recursive: true });
  const cacheFile = join(home, "cache/osp/describe-v1.json");
  const open = (settings: Readonly<Record<string, ConfigValue>> = {}, more: Partial<ProcessHostOptions> = {}) => {
    const options: ProcessHostOptions = {
      paths: {
        config: join(home, "config/osp"),
        cache: join(home, "cache/osp"),
        data: join(home, "data"),
        state: join(home, "state"),
      },
      env: { PATH: `${process.env["PATH"]}:${dirs.path}` },
      cwd: home,
      pluginDirs: [dirs.explicit],
      programDir: join(home, "program"),
      signal: new AbortController().signal,
      config: recordConfig(settings),
      ...more,
    };
    return createProcessHost(options);
  };
  const write = (where: keyof typeof dirs, name: string, more: Partial<WrittenPlugin> = {}) =>
    writePlugin({ dir: dirs[where], name, ...more });
  const idsFor = async (settings?: Record<string, ConfigValue>, more?: Partial<ProcessHostOptions>) =>
    (await open(settings, more).discover()).map(({ pluginId }) => pluginId);
  return { dirs, cacheFile, open, write, idsFor };
}

type Host = ReturnType<typeof createProcessHost>;

/** Runs a command as the terminal does: finds the provider, then runs it. */
async function run(host: Host, command: string, args: readonly string[] = [], override?: string) {
  const provider = await host.provider(command, { override });
  return await host.run({ provider, args, hints });
}

const SEARCH_PATH = { "extensions.plugins.discovery.path": true };

describe("a host", () => {
  test("finds plugins of the flag, the program, the user, and of PATH when it is told to", async () => {
    const { write, idsFor, open, dirs } = user();
    write("path", "in-path");
    write("user", "of-user");
    write("bundled", "of-program");
    write("explicit", "of-flag");
    expect(await idsFor()).toEqual(["of-flag", "of-program", "of-user"]);
    expect(await idsFor(SEARCH_PATH)).toEqual(["of-flag", "of-program", "of-user", "in-path"]);
    expect(open().pluginDirs).toEqual([
      dirs.explicit,
      dirs.bundled,
      join(dirs.bundled, "../../lib/osp/plugins"),
      dirs.user,
    ]);
  });

  test("with defaults only uses what was named for this run, and no cache", async () => {
    const { write, idsFor, cacheFile } = user();
    for (const where of ["user", "bundled", "explicit"] as const) write(where, `in-${where}`);
    expect(await idsFor({}, { useDefaults: true })).toEqual(["in-explicit"]);
    expect(existsSync(cacheFile)).toBe(false);
    await idsFor();
    expect(existsSync(cacheFile)).toBe(true);
  });

  test("asks each plugin once, however often it is asked itself and however many hosts there are", async () => {
    const { write, open } = user();
    const good = write("explicit", "good");
    const bad = write("explicit", "bad", { before: "exit 1" });
    const host = open();
    await Promise.all([host.discover(), host.provider("good", {}), host.commands(), host.problems()]);
    await run(open(), "good");
    expect([timesAsked(good), timesAsked(bad)]).toEqual([1, 2]);
  });

  test("tells once of a folder that cannot be searched", async () => {
    const { open } = user();
    const told: string[] = [];
    const pluginDirs = ["/no/such/folder"];
    const host = open({}, { pluginDirs, onPluginDirProblem: ({ dir }) => told.push(dir) });
    await host.discover();
    await host.discover({ fresh: true });
    expect(told).toEqual(pluginDirs);
  });

  test("shows the problems of bundled folders", async () => {
    const { open, dirs } = user();
    writeFileSync(join(dirs.bundled, "manifest.toml"), "protocol_version = 1\n[[plugin]]\nid = 1");
    expect((await open().problems()).map(({ kind }) => kind)).toEqual(["bundle_invalid"]);
  });
});

describe("a command of a plugin in PATH", () => {
  test("works at the first try, and only then the plugin is asked", async () => {
    const { write, open } = user();
    const path = write("path", "echoes", { commands: ["echo"] });
    const host = open(SEARCH_PATH);
    expect((await host.discover())[0]).toMatchObject({ state: "passive" });
    expect(await host.commands()).toEqual([]);
    expect(timesAsked(path)).toBe(0);
    expect((await run(host, "echo")).data).toBe("echoes");
    expect((await run(open(SEARCH_PATH), "echo")).data).toBe("echoes");
    expect(timesAsked(path)).toBe(1);
  });

  test("is found when it is named as the provider", async () => {
    const { write, open } = user();
    write("user", "one", { commands: ["c"] });
    write("path", "two", { commands: ["c"] });
    expect((await run(open(SEARCH_PATH), "c")).data).toBe("one");
    expect((await run(open(SEARCH_PATH), "c", [], "two")).data).toBe("two");
  });

  test("is unknown while PATH is not searched", async () => {
    const { write, open } = user();
    const path = write("path", "echo");
    await expect(run(open(), "echo")).rejects.toMatchObject({ code: "command_unknown" });
    expect(timesAsked(path)).toBe(0);
  });

  test("is not looked for there when it is disabled or ambiguous; broken plugins are asked once", async () => {
    const { write, open } = user();
    const path = write("path", "p");
    const broken = write("user", "broken", { before: "exit 1" });
    write("user", "one", { commands: ["c", "off"] });
    write("user", "two", { commands: ["c"] });
    const host = open({ ...SEARCH_PATH, "plugins.off.state": "disabled" });
    await expect(run(host, "c")).rejects.toMatchObject({ code: "provider_ambiguous" });
    await expect(run(host, "off")).rejects.toMatchObject({ code: "command_disabled" });
    expect(timesAsked(path)).toBe(0);
    await expect(run(host, "unknown")).rejects.toMatchObject({ code: "command_unknown" });
    expect([timesAsked(path), timesAsked(broken)]).toEqual([1, 1]);
  });
});

describe("a run", () => {
  test("gets its plugin's part of the configuration", async () => {
    const { open, dirs } = user();
    symlinkSync(processFixture("shows-call"), join(dirs.explicit, "osp-shows-call"));
    const configVariables = (id: string) => ({ OSP_PLUGIN_CFG_ID: id });
    const { data } = await run(open({}, { configVariables }), "shows-call");
    expect(JSON.stringify([...(data as Map<string, Map<string, string>>).get("env")!])).toContain(
      '["OSP_PLUGIN_CFG_ID","shows-call"]',
    );
  });

  test("ends at the time that the configuration gives its plugin; a time for the call wins", async () => {
    const { open, dirs } = user();
    symlinkSync(processFixture("sleeps"), join(dirs.explicit, "osp-sleeps"));
    const host = open({ "extensions.plugins.timeout_ms": 9000, "extensions.plugins.SLEEPS.timeout_ms": 150 });
    const args = [join(tempDir(), "pid")];
    await expect(run(host, "sleeps", args)).rejects.toMatchObject({
      code: "process_timeout",
      message: 'plugin "sleeps" gave no answer in 150 ms',
      hint: expect.stringMatching(/--timeout SECONDS.*extensions\.plugins\.sleeps\.timeout_ms/),
    });
    const provider = await host.provider("sleeps", {});
    await expect(host.run({ provider, args, hints, timeoutMs: 100 })).rejects.toThrow("in 100 ms");
  });

  test("may print as much as the configuration allows, and no byte more", async () => {
    const { write, open } = user();
    write("explicit", "p");
    const size = Buffer.byteLength('{"protocol_version":1,"ok":true,"data":"p","meta":{}}\n');
    const withCap = (bytes: number) => open({ "extensions.plugins.stdout_bytes_max": bytes });
    expect((await run(withCap(size), "p")).data).toBe("p");
    await expect(run(withCap(size - 1), "p")).rejects.toMatchObject({
      code: "process_output_too_large",
      message: `plugin "p" printed more than ${size - 1} bytes`,
      hint: expect.stringContaining("extensions.plugins.p.stdout_bytes_max"),
    });
  });

  test("has as many values as the configuration lets it have", async () => {
    const { write, open } = user();
    write("explicit", "p");
    const ofFive = { "extensions.plugins.p.values_max": 5, "extensions.plugins.values_max": 4 };
    expect((await run(open(ofFive), "p")).data).toBe("p");
    await expect(run(open({ "extensions.plugins.values_max": 4 }), "p")).rejects.toMatchObject({
      code: "process_output_too_large",
      message: expect.stringContaining("more than 4 values"),
      hint: expect.stringContaining("osp config set extensions.plugins.p.values_max NUMBER"),
    });
  });

  test("of a file that changed since it was described is of the file as it is now", async () => {
    const { write, open } = user();
    const path = write("explicit", "p", { id: "x", commands: ["c"] });
    const host = open();
    const provider = await host.provider("c", {});
    write("explicit", "p", { id: "x", version: "2.0.0", commands: ["c", "new"] });
    expect((await host.run({ provider, args: [], hints })).data).toBe("x");
    expect(timesAsked(path)).toBe(2);
    expect((await host.discover())[0]).toMatchObject({ version: "2.0.0" });
    await host.run({ provider: await host.provider("c", {}), args: [], hints });
    expect(timesAsked(path)).toBe(2);
  });

  test("of a file that changed and offers the command no more, or is broken now, does not start it", async () => {
    const { write, open } = user();
    for (const [change, code] of [
      [{ commands: ["other"] }, "command_unknown"],
      [{ commands: ["c"], before: "exit 1" }, "describe_failed"],
    ] as const) {
      write("explicit", "p", { commands: ["c"] });
      const host = open();
      const provider = await host.provider("c", {});
      write("explicit", "p", change);
      await expect(host.run({ provider, args: [], hints })).rejects.toMatchObject({ code });
    }
  });

  test("of a changed file in PATH asks that file and no other there", async () => {
    const { write, open } = user();
    write("path", "a");
    await run(open(SEARCH_PATH), "a");
    const other = write("path", "b");
    const host = open(SEARCH_PATH);
    const provider = await host.provider("a", {});
    const path = write("path", "a", { version: "3.0.0" });
    expect((await host.run({ provider, args: [], hints })).data).toBe("a");
    expect([timesAsked(path), timesAsked(other)]).toEqual([2, 0]);
  });

  test("of a file that is gone says so", async () => {
    const { write, open } = user();
    const path = write("explicit", "p");
    const host = open();
    const provider = await host.provider("p", {});
    rmSync(path);
    await expect(host.run({ provider, args: [], hints })).rejects.toMatchObject({ code: "process_spawn_failed" });
  });
});

describe("access", () => {
  const auth = { visibility: "capability_gated", required_capabilities: ["admin"] };
  const commands = [
    {
      name: "c",
      subcommands: [
        { name: "hidden", auth: { visibility: "hidden" } },
        { name: "gated", auth },
      ],
    },
    { name: "gated", auth },
    { name: "hidden", auth: { visibility: "hidden" } },
  ];

  test("that is refused is refused before the plugin is started; its help is shown", async () => {
    const { write, open, dirs } = user();
    write("explicit", "p", { commands });
    const started = join(dirs.explicit, "osp-p.started");
    const path = join(dirs.explicit, "osp-p");
    writeFileSync(path, readFileSync(path, "utf8").replace("fi\ncat", 'fi\necho >>"$0.started"\ncat'));
    const host = open();
    const refused = {
      code: "access_denied",
      exitCode: 20,
      message: 'command "gated" cannot be run here: it needs the capability admin',
      details: { required_capabilities: ["admin"] },
    };
    await expect(run(host, "gated")).rejects.toMatchObject(refused);
    await expect(run(host, "c", ["gated"])).rejects.toMatchObject({ message: expect.stringContaining('"c gated"') });
    await expect(run(host, "c", ["hidden"])).rejects.toMatchObject({ code: "command_unknown" });
    expect(existsSync(started)).toBe(false);
    const provider = await host.provider("gated", {});
    expect((await host.help({ provider, args: ["--help"], hints })).exitCode).toBe(0);
    const help = host.help({ provider: await host.provider("c", {}), args: ["hidden", "--help"], hints });
    await expect(help).rejects.toMatchObject({ code: "command_unknown" });
    expect((await run(host, "c")).data).toBe("p");
  });

  test("decides what is offered at all", async () => {
    const { write, open } = user();
    write("explicit", "p", { commands });
    await expect(open().provider("hidden", {})).rejects.toMatchObject({ code: "command_unknown" });
    const names = async (settings = {}) => (await open(settings).commands()).map(({ name }) => name);
    expect(await names()).toEqual(["c", "gated"]);
    expect(await names({ "auth.visible.plugins": "gated, x" })).toEqual(["gated"]);
    expect(await names({ "auth.visible.plugins": ["c"] })).toEqual(["c"]);
    await expect(open({ "auth.visible.plugins": "gated" }).provider("c", {})).rejects.toMatchObject({
      code: "command_unknown",
    });
  });
});

describe("refresh", () => {
  test("forgets what was kept of the plugins that are there and asks them again, those in PATH too", async () => {
    const { write, open, dirs, cacheFile } = user();
    const paths = [write("explicit", "a"), write("path", "b"), write("user", "broken", { before: "exit 1" })];
    const elsewhere = writePlugin({ dir: tempDir(), name: "elsewhere" });
    await open({}, { pluginDirs: [join(elsewhere, "..")] }).discover();
    const before = await open(SEARCH_PATH).refresh();
    expect([before.forgotten, before.described]).toEqual([0, 2]);
    const host = open(SEARCH_PATH);
    await host.discover();
    const { forgotten, described, plugins } = await host.refresh();
    expect([forgotten, described, plugins.map(({ state }) => state)]).toEqual([2, 2, ["healthy", "broken", "healthy"]]);
    expect(paths.map(timesAsked)).toEqual([2, 2, 4]);
    expect(await host.discover()).toBe(plugins);
    expect(JSON.parse(readFileSync(cacheFile, "utf8")).entries).toHaveLength(3);
    rmSync(dirs.explicit, { recursive: true });
    expect((await open(SEARCH_PATH).refresh()).forgotten).toBe(1);
  });

  test("without a cache forgets nothing and asks all the same", async () => {
    const { write, open } = user();
    write("explicit", "a");
    expect(await open({}, { useDefaults: true }).refresh()).toMatchObject({ forgotten: 0, described: 1 });
  });
});
