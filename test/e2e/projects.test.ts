// Every project that `tools create` and `plugins create` make, from nothing to a call: made, built, tested, packed, installed, called,
// with the real compilers. Only Zig and Swift may be missing on this machine: their projects are made all the same, and say how to get them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { ProcessGroup } from "../../src/base/process-group.ts";
import { type ProjectKind, readProject } from "../../src/projects/project.ts";
import { LANGUAGES } from "../../src/workshop/languages.ts";
import { readTemplate } from "../../src/workshop/read-template.ts";
import { missingTools } from "../../src/workshop/toolchains.ts";
import { compilerEnv, KEPT_PROJECTS } from "../helpers/compiler-env.ts";
import { programFolder } from "../helpers/program.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const BIN = programFolder();
/** A compiler that begins with nothing, on a busy machine. */
const LANGUAGE_MS_MAX = 300_000;

const home = makeTempHome();
afterAll(() => home.remove());

const env = { ...home.env, ...compilerEnv(home.env) };
const USER_PLUGINS = join(home.env["XDG_CONFIG_HOME"]!, "osp/plugins");

interface Made {
  readonly folder: string;
  readonly path: string;
  readonly pluginId: string;
}

/** Makes the project of a language where compilers find what they made before. */
async function make(kind: ProjectKind, language: string): Promise<Made> {
  const folder = join(KEPT_PROJECTS, `${kind}-${language}`);
  rmSync(join(folder, "greeter"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [program, group] = kind === "native" ? (["osaurus", "tools"] as const) : (["osp", "plugins"] as const);
  const words = [group, "create", "greeter", "--language", language, "--json"];
  const { code, stdout, stderr } = await runCli(words, { program, env, cwd: folder });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return { folder, path: join(folder, "greeter"), pluginId: JSON.parse(stdout).plugin_id };
}

/** Runs a line of the project's README. Gives everything that was printed. */
async function run(cwd: string, ...line: readonly [string, ...string[]]): Promise<string> {
  const child = spawn(line[0], line.slice(1), { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const group = new ProcessGroup(child);
  onTestFinished(() => {
    group.signal("SIGKILL");
    group.release();
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, "close");
  expect(code, `${line.join(" ")} in ${cwd}:\n${said}`).toBe(0);
  return said;
}

const missing = (kind: ProjectKind, language: string) => missingTools(readTemplate(kind, language).toolchain, env);

/** Zig comes from the index of Python packages, which is not reached from everywhere; Swift is no package of most systems. */
const MAY_BE_MISSING: readonly string[] = ["zig", "swift"];
const warnedAbout = LANGUAGES.native.filter(
  (language) => MAY_BE_MISSING.includes(language) && missing("native", language).length > 0,
);
const builtNatively = LANGUAGES.native.filter((language) => !warnedAbout.includes(language));

test.each(warnedAbout)(
  "a native project in %s, whose compiler is missing here, says how to get it",
  async (language) => {
    const cwd = tempDir();
    const words = ["tools", "create", "greeter", "--language", language];
    const { code, stderr } = await runCli(words, { program: "osaurus", env, cwd });
    expect(code).toBe(0);
    expect(readProject(join(cwd, "greeter")).kind).toBe("native");
    for (const { program, install } of missing("native", language)) {
      expect(stderr).toContain("warning: the project does not build on this machine yet: install ");
      expect(stderr).toContain(program);
      expect(stderr).toContain(install);
    }
  },
);

test.each(builtNatively)(
  "a native plugin in %s is made, built, tested, packed, installed and called",
  async (language) => {
    expect(missing("native", language)).toEqual([]);
    const { path, pluginId } = await make("native", language);
    const osaurus = (...words: string[]) => run(path, join(BIN, "osaurus"), ...words);
    await run(path, "make", "build");
    expect(await run(path, "make", "test")).toMatch(/\b0 failed/);
    await run(path, "make", "package");
    const zip = `${pluginId}-0.1.0.zip`;
    expect(readdirSync(path)).toContain(zip);
    await osaurus("tools", "install", `./${zip}`, "--allow-unsigned", "--consent");
    const called = await osaurus("tools", "call", pluginId, "hello", "--args", '{"name":"Ada"}', "--yes", "--json");
    expect(called).toContain('"Hello, Ada!"');
    await run(path, "make", "clean");
    expect(existsSync(readProject(path).output)).toBe(false);
  },
  LANGUAGE_MS_MAX,
);

test("a native project is installed for its author without a package", async () => {
  const { path, pluginId } = await make("native", "c");
  await run(path, "make", "install");
  const { stdout } = await runCli(["tools", "list", "--json"], { program: "osaurus", env });
  const row = JSON.parse(stdout).find((one: { plugin_id: string }) => one.plugin_id === pluginId);
  expect(row).toMatchObject({ version: "0.1.0", state: "loaded" });
});

test.each(LANGUAGES.process)(
  "a process plugin in %s is made, built, tested and called, also by a link where osp looks",
  async (language) => {
    expect(missing("process", language)).toEqual([]);
    const { folder, path } = await make("process", language);
    await run(path, "make", "build");
    await run(path, "make", "test");
    const osp = (...words: string[]) => run(folder, join(BIN, "osp"), "--plugin-dir", "./greeter", "greeter", ...words);
    expect(JSON.parse(await osp("Ada", "--json"))).toEqual([{ greeting: "Hello, Ada!" }]);
    expect(JSON.parse(await osp("--name", "Ada", "--json"))).toEqual([{ greeting: "Hello, Ada!" }]);
    const link = join(USER_PLUGINS, "osp-greeter");
    mkdirSync(USER_PLUGINS, { recursive: true });
    symlinkSync(join(path, "osp-greeter"), link);
    onTestFinished(() => rmSync(link));
    const linked = await run(home.path, join(BIN, "osp"), "greeter", "--json");
    expect(JSON.parse(linked)).toEqual([{ greeting: "Hello, world!" }]);
    await run(path, "make", "clean");
  },
  LANGUAGE_MS_MAX,
);
