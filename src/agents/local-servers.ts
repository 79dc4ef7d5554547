// Servers of models that people run on their own machine: where they usually listen, and which of them are there now.

import { LOCAL_SERVER_PROBE_MS_MAX } from "../protocol/limits.ts";
import { openAiModel } from "./openai-model.ts";

interface UsualServer {
  /** As `providers add NAME` takes it. */
  readonly name: string;
  readonly port: number;
}

export interface FoundServer {
  readonly name: string;
  readonly baseUrl: string;
  readonly models: readonly string[];
}

const USUAL: readonly UsualServer[] = [
  { name: "ollama", port: 11434 },
  { name: "lm-studio", port: 1234 },
  { name: "llama-cpp", port: 8080 },
  { name: "vllm", port: 8000 },
  { name: "jan", port: 1337 },
  { name: "text-generation-webui", port: 5000 },
  { name: "koboldcpp", port: 5001 },
];
/** Other spellings; LocalAI listens where llama.cpp does. */
const ALSO: ReadonlyMap<string, string> = new Map([
  ["lmstudio", "lm-studio"],
  ["llamacpp", "llama-cpp"],
  ["llama.cpp", "llama-cpp"],
  ["localai", "llama-cpp"],
]);

/** The address at which a server of that name usually is; nothing for other names. */
export function usualBaseUrl(name: string): string | undefined {
  const lower = name.toLowerCase();
  const server = USUAL.find((one) => one.name === (ALSO.get(lower) ?? lower));
  return server === undefined ? undefined : baseUrlOf(server);
}

/**
 * Those that are there and give a list of models, all asked at once. Nothing beyond this machine is asked.
 *
 * @param isConfigured is not asked again.
 * @param servers where to look.
 * @param probeMs how long is waited for all of them.
 */
export async function findLocalServers(
  isConfigured: (baseUrl: string) => boolean,
  signal: AbortSignal,
  servers: readonly UsualServer[] = USUAL,
  probeMs = LOCAL_SERVER_PROBE_MS_MAX,
): Promise<readonly FoundServer[]> {
  const wanted = servers.filter((server) => !isConfigured(baseUrlOf(server)));
  const ending = AbortSignal.any([signal, AbortSignal.timeout(probeMs)]);
  const found = await Promise.all(wanted.map(async (server) => await probe(server, ending)));
  return found.filter((server) => server !== undefined);
}

/** No key is ever sent: who listens there may be anybody. */
async function probe(server: UsualServer, signal: AbortSignal): Promise<FoundServer | undefined> {
  const { name } = server;
  const baseUrl = baseUrlOf(server);
  const open = async () => ({ provider: name, baseUrl, apiKey: undefined, apiKeyEnv: null });
  try {
    const models = await openAiModel(open, { retriesMax: 0 }).models(signal);
    return { name, baseUrl, models: models.map(({ id }) => id) };
  } catch {
    return undefined; // Nothing there, or something else.
  }
}

function baseUrlOf({ port }: UsualServer): string {
  return `http://127.0.0.1:${port}/v1`;
}
