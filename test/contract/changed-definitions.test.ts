// A host that runs on, and another one beside it on the same data folder: a tool that changed is held back in both, and what
// somebody answers in one counts in the other.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { eventually } from "../helpers/eventually.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ID = "test.words";

function folder() {
  const env = { PATH: process.env["PATH"], OSAURUS_HOME: tempDir(), TMPDIR: tempDir(), HOME: tempDir() };
  return {
    install(version: string, description: string, more: Readonly<Record<string, unknown>> = {}) {
      const tool = { id: "say", description, permission_policy: "auto", ...more };
      const manifest = { plugin_id: ID, version, capabilities: { tools: [tool] } };
      writeFileSync(join(env.TMPDIR, "manifest.json"), JSON.stringify(manifest));
      installFixture(env.OSAURUS_HOME, "manifest-from-file", { id: ID, version, consent: null });
    },
    open(follow: boolean): Host {
      const paths = resolvePaths({ env, platform: process.platform });
      const host = createHost({ paths, env, cwd: paths.data, follow });
      onTestFinished(async () => await host.stop());
      return host;
    },
  };
}

async function say(host: Host) {
  const native = await host.native();
  const plugin = await native.plugin(ID);
  const call = { tool: "say", input: "{}", agentId: DEFAULT_AGENT_ID, consent: "given" } as const;
  const { envelope } = await native.callTool(plugin, call);
  return envelope.ok ? "ran" : envelope.code;
}

const ALLOW = { allow: true, remember: "always" } as const;

test("a host that runs on holds a changed tool back after the reload, until it is approved in another host", async () => {
  const { install, open } = folder();
  const [daemon, other] = [open(true), open(false)];
  install("1.0.0", "Says a word.");
  expect(await say(daemon)).toBe("ran");
  expect(await say(other)).toBe("ran");
  install("2.0.0", "Says another word.");
  await (await daemon.native()).reload(ID);
  expect(await say(daemon)).toBe("definition_changed");
  // The other one still runs the version that was approved.
  expect(await say(other)).toBe("ran");
  const permissions = await other.permissions();
  const [row, ...more] = await permissions.listDefinitions();
  expect(more).toEqual([]);
  expect(await permissions.answer(row!.id, ALLOW)).toMatchObject({ kind: "definition", pluginId: ID, agentId: null });
  await eventually(async () => expect(await say(daemon)).toBe("ran"));
  // Now it is the old version that is not the approved one.
  expect(await say(other)).toBe("definition_changed");
  await (await other.native()).reload(ID);
  expect(await say(other)).toBe("ran");
});

test("permissions set auto approves what is installed now, and ask or deny do not", async () => {
  const { install, open } = folder();
  const host = open(false);
  install("1.0.0", "Says a word.");
  expect(await say(host)).toBe("ran");
  install("2.0.0", "Says another word.");
  await (await host.native()).reload(ID);
  const permissions = await host.permissions();
  for (const policy of ["ask", "deny"] as const) {
    await permissions.set(`${ID}/say`, policy, null);
    expect(await say(host)).toBe("definition_changed");
  }
  await permissions.set(`${ID}/say`, "auto", null);
  expect(await say(host)).toBe("ran");
  expect(await permissions.listDefinitions()).toEqual([]);
});

test("only the definition that was shown is approved: when it changes once more, the old row is void", async () => {
  const { install, open } = folder();
  const host = open(false);
  const native = await host.native();
  const permissions = await host.permissions();
  const upTo = async (version: string, description: string) => {
    install(version, description);
    if (version !== "1.0.0") await native.reload(ID);
    return await say(host);
  };
  expect(await upTo("1.0.0", "First.")).toBe("ran");
  expect(await upTo("2.0.0", "Second.")).toBe("definition_changed");
  const [second] = await permissions.listDefinitions();
  expect(await upTo("3.0.0", "Third.")).toBe("definition_changed");
  const [third, ...more] = await permissions.listDefinitions();
  expect(more).toEqual([]);
  expect([third!.old.text, third!.now.text]).toEqual([
    expect.stringContaining("First."),
    expect.stringContaining("Third."),
  ]);
  await expect(permissions.answer(second!.id, ALLOW)).rejects.toMatchObject({ code: "approval_settled" });
  expect(await say(host)).toBe("definition_changed");
  // Back at what was approved, nothing is asked for any more.
  expect(await upTo("4.0.0", "First.")).toBe("ran");
  expect(await permissions.listDefinitions()).toEqual([]);
});

test.each([
  ["schema", { parameters: { type: "object", required: ["word"] } }],
  ["policy", { permission_policy: "ask" }],
  ["requirements", { requirements: ["secrets"] }],
])(
  "a change of the %s alone is held back as well, in front of all consent and every look at the arguments",
  async (_what, more) => {
    const { install, open } = folder();
    const host = open(false);
    install("1.0.0", "Says a word.");
    expect(await say(host)).toBe("ran");
    install("2.0.0", "Says a word.", more);
    await (await host.native()).reload(ID);
    expect(await say(host)).toBe("definition_changed");
  },
);

test("a tool whose definition changed is held back also where it is named besides what the agent has", async () => {
  const { install, open } = folder();
  const before = open(false);
  install("1.0.0", "Says a word.");
  expect(await say(before)).toBe("ran");
  await before.stop();
  install("2.0.0", "Says another word.");
  const host = open(false);
  const shelf = await host.shelf();
  const all = (await (await host.agents()).find(undefined))!;
  const agent = { ...all, tools: { mode: "only", names: [] } } as const;
  const also = [{ pluginId: ID, toolId: "say" }];
  expect(await shelf.list(agent, also)).toEqual([]);
  const call = { tool: "say", input: "{}", agent, agentId: agent.id, also, consent: "given" } as const;
  expect((await shelf.call(call)).envelope).toMatchObject({ ok: false, code: "definition_changed" });
});
