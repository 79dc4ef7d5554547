import { expect, test } from "vitest";
import { pluginDir } from "../../test/helpers/process-fixtures.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { resolvePaths } from "../base/paths.ts";
import { loadConfig } from "../config/load-config.ts";
import { openProcessHost } from "./open-process-host.ts";

function ioOf(isTerminal: boolean) {
  const stop = new AbortController();
  const written: string[] = [];
  const output = {
    isTerminal,
    columns: undefined,
    write(text: string) {
      written.push(text);
      if (text.startsWith("info: waiting")) stop.abort();
    },
  };
  const env = { PATH: process.env["PATH"], HOME: tempDir() };
  const rest = { env, cwd: "/", stdinIsTerminal: false, readStdin: async () => "" };
  return { written, io: { ...rest, stdout: output, stderr: output, signal: stop.signal } };
}

async function configOf({ env }: ReturnType<typeof ioOf>["io"]) {
  const paths = resolvePaths({ env, platform: "linux" });
  return await loadConfig({ paths, env, terminal: "cli", useEnv: true, useFile: true, defaultsOnly: false });
}

test("a person at a terminal is told which plugin is waited for", async () => {
  const { io, written } = ioOf(true);
  const dir = pluginDir("describe-sleeps");
  const host = await openProcessHost(io, { config: await configOf(io), pluginDirs: [dir] });
  await expect(host.discover()).rejects.toMatchObject({ code: "interrupted" });
  expect(written).toEqual([`info: waiting for ${dir}/osp-describe-sleeps --describe\n`]);
});

test("a program is not", async () => {
  const { io, written } = ioOf(false);
  const host = await openProcessHost(io, {
    config: await configOf(io),
    pluginDirs: [pluginDir("describe-sleeps")],
    describeTimeoutMs: 1500,
  });
  expect(await host.discover()).toMatchObject([{ healthy: false }]);
  expect(written).toEqual([]);
});

test("a folder is warned about once, and its name makes no line of its own", async () => {
  const { io, written } = ioOf(false);
  const warned = new Set<string>();
  const options = { config: await configOf(io), pluginDirs: ["/no\nhelp: \u001b[2J"], warned };
  for (let i = 0; i < 2; i++) await (await openProcessHost(io, options)).discover();
  expect(written).toEqual(["warning: --plugin-dir /no\n  help: ␛[2J: there is no such folder\n"]);
});
