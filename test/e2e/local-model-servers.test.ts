// Where somebody runs a model's server of their own on this machine, it is a counterpart as real as they come. Without one
// there is nothing to ask, and the list of those that were found is empty.

import { afterAll, expect, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { runCli } from "../helpers/run-cli.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

/** A small model on a slow machine thinks for a while. */
const ANSWER_MS_MAX = 120_000;

test(
  "every model server that runs on this machine can be added by its address, lists its models and answers",
  async () => {
    const { env } = home;
    const host = createHost({ paths: resolvePaths({ env, platform: process.platform }), env, cwd: home.path });
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    try {
      const models = await host.models();
      const servers = await models.localServers(signal);
      for (const [at, { baseUrl, models: listed }] of servers.entries()) {
        const name = `local-${at}`;
        const { model } = await models.addProvider({ name, baseUrl }, signal);
        expect(listed.length, baseUrl).toBeGreaterThan(0);
        if (model === null) continue; // It has models for embedding only.
        const agent = await (await host.agents()).find(DEFAULT_AGENT_ID);
        const outcome = await (await host.inference()).run({
          agent,
          model: `${name}/${model}`,
          messages: [{ role: "user", content: "Say the word yes." }],
          tools: { kind: "none" },
          sampling: { max_tokens: 32 },
          traceId: name,
          signal,
        });
        expect(outcome.error, baseUrl).toBeUndefined();
        expect(outcome.content + outcome.reasoning, baseUrl).not.toBe("");
      }
      const offered = await runCli(["providers", "list"], { program: "osaurus", env });
      // Those that were added are offered no more.
      for (const { baseUrl } of servers) expect(offered.stderr).not.toContain(baseUrl);
    } finally {
      await host.stop();
    }
  },
  ANSWER_MS_MAX,
);
