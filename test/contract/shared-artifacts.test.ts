// Files that agents share, with everything that belongs to it: a model's server, plugins that take such files, the disk.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { callsTools, type ModelAnswer, says, startModelServer } from "../helpers/model-server.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const FOLDER = "AAAAAAAA-0000-0000-0000-000000000001";

async function setUp(...answers: readonly ModelAnswer[]) {
  const data = tempDir();
  const env = { OSAURUS_HOME: data, HOME: data, PATH: process.env["PATH"]! };
  const paths = resolvePaths({ env, platform: process.platform });
  const server = await startModelServer({ answers, models: ["m"] });
  const lines: string[] = [];
  const host = createHost({ paths, env, cwd: data, onPluginLine: ({ text }) => void lines.push(text) });
  onTestFinished(() => host.stop());
  const signal = new AbortController().signal;
  await (await host.models()).addProvider({ name: "test", baseUrl: server.url, model: "m" }, signal);
  const agent = (await (await host.agents()).find(undefined))!;
  const run = async () => {
    const inference = await host.inference();
    return await inference.run({
      agent,
      messages: [{ role: "user", content: "Share it." }],
      tools: { kind: "agent" },
      sampling: {},
      artifactFolder: FOLDER,
      traceId: crypto.randomUUID(),
      signal,
    });
  };
  /** What the plugin was given. */
  const givenTo = async (pluginId: string) => {
    const shelf = await host.shelf();
    const { envelope } = await shelf.call({ tool: `${pluginId}/misbehave`, input: "{}", agent, agentId: agent.id });
    return envelope.ok ? (envelope.result as readonly Record<string, unknown>[]) : envelope;
  };
  return { data, env, paths, host, run, server, lines, givenTo };
}

const share = (wish: object) => ({ name: "share_artifact", arguments: wish });

test("a file that a model writes is on the disk, in the outcome, and with each loaded plugin that takes such", async () => {
  const wish = { filename: "../report.csv", content: "a,b\n", description: "linger" };
  const { data, host, run, givenTo } = await setUp(callsTools(share(wish)), says("There."));
  installFixture(data, "takes-artifacts");
  const native = await host.native();
  await native.plugin("test.takes-artifacts");
  const outcome = await run();
  const host_path = join(data, "artifacts", FOLDER, "report.csv");
  const artifact = {
    filename: "report.csv",
    mime_type: "text/csv",
    size: 4,
    host_path,
    is_directory: false,
    description: "linger",
  };
  expect(outcome).toMatchObject({ finish: "stop", sharedArtifacts: [artifact] });
  expect(readFileSync(host_path, "utf8")).toBe("a,b\n");
  expect(statSync(host_path).mode & 0o777).toBe(0o600);
  // The handler takes a moment, and the run waited for it.
  expect(await givenTo("test.takes-artifacts")).toEqual([artifact]);
});

test("no plugin is loaded to be given a file", async () => {
  const { data, env, paths, host, run } = await setUp(
    callsTools(share({ filename: "a.txt", content: "x" })),
    says("There."),
  );
  installFixture(data, "takes-artifacts");
  // What a plugin says of itself is known from the first time it is loaded on.
  const before = createHost({ paths, env, cwd: data });
  await (await before.native()).manifests();
  await before.stop();
  expect(await run()).toMatchObject({ finish: "stop", sharedArtifacts: [{ filename: "a.txt" }] });
  expect((await host.native()).servingPlugin("test.takes-artifacts")).toBeUndefined();
});

test("a plugin that crashes with a file keeps neither the run from going on nor others from getting it", async () => {
  const wish = { filename: "a.txt", content: "x", description: "crash" };
  const { data, host, run, server, lines, givenTo } = await setUp(
    callsTools(share(wish)),
    callsTools(share({ path: `~/.osaurus/artifacts/${FOLDER}/a.txt` })),
    says("There."),
  );
  installFixture(data, "takes-artifacts");
  await (await host.native()).plugin("test.takes-artifacts");
  expect(await run()).toMatchObject({ finish: "stop", content: "There." });
  expect(lines.join("\n")).toContain("a shared file was not taken");
  const results = server.completions.at(-1)!.body.messages.filter(({ role }: { role: string }) => role === "tool");
  for (const { content } of results) expect(content).toContain('"ok":true');
  await (await host.native()).plugin("test.takes-artifacts");
  expect(Array.isArray(await givenTo("test.takes-artifacts"))).toBe(true);
});

test("what a model gets wrong it is told, and nothing is written", async () => {
  const { data, run, server } = await setUp(
    callsTools(share({ path: "/etc/passwd" }), share({ filename: "a" })),
    says("Sorry."),
  );
  expect(await run()).toMatchObject({ finish: "stop", sharedArtifacts: [] });
  const results = server.completions.at(-1)!.body.messages.filter(({ role }: { role: string }) => role === "tool");
  expect(results[0].content).toContain("Only files in the artifacts folder");
  expect(results[1].content).toContain('"field":"content"');
  expect(readdirSync(data)).not.toContain("artifacts");
});
