// What plugins may ask of models, put together from the parts of the host that serve it.

import type { AgentRunner, RunSession } from "../agents/run-request.ts";
import type { PluginInference } from "../host-api/plugin-inference.ts";
import { HostError } from "../protocol/errors.ts";
import type { AgentsHost } from "./agents-host.ts";
import type { ModelsHost } from "./models-host.ts";

interface InferenceParts {
  openAgents(): Promise<AgentsHost>;
  openInference(): Promise<AgentRunner>;
  openModels(): Promise<ModelsHost>;
}

/** What plugins may ask of models; nothing of it is loaded before one does. */
export function pluginInference({ openAgents, openInference, openModels }: InferenceParts): PluginInference {
  return {
    async agent(id) {
      const agents = await openAgents();
      return await agents.find(id).catch((error: unknown) => {
        if (error instanceof HostError && error.code === "agent_unknown") return undefined;
        throw error;
      });
    },
    async run({ tools, sessionKey, ...run }) {
      const { pluginId } = run;
      const session: RunSession =
        sessionKey === undefined
          ? { kind: "new", pluginId, title: "Completion" }
          : { kind: "key", pluginId, key: sessionKey, replays: false };
      return await (await openInference()).run({
        ...run,
        pluginId,
        tools:
          tools === undefined
            ? { kind: "none" }
            : tools === true
              ? { kind: "agent" }
              : { kind: "given", definitions: tools, runsOnShelf: true },
        ...(run.agent === undefined ? {} : { session }),
      });
    },
    embed: async (model, texts, signal) => await (await openModels()).embed(model, texts, signal),
    models: async (signal) => await (await openModels()).list(signal),
  };
}
