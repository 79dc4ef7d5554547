// Tries a model provider: its list of models, one word of its chat model, one vector.

import type { ModelKind, ProviderChoice } from "../agents/choose-model.ts";
import { modelOf } from "../agents/choose-model.ts";
import type { ModelBackend } from "../agents/model-backend.ts";
import { HostError } from "../protocol/errors.ts";
import type { ProviderTest } from "./models-host.ts";

type Check = ProviderTest["checks"][number];

/** Never throws for what the server does. */
export async function testModelProvider(
  provider: ProviderChoice,
  backend: ModelBackend,
  signal: AbortSignal,
): Promise<ProviderTest> {
  const checks: Check[] = [];
  let models: readonly string[] = [];
  const check = async (name: Check["check"], work: () => Promise<string>) => {
    try {
      checks.push({ check: name, ok: true, detail: await work() });
    } catch (error) {
      if (!(error instanceof HostError) || error.code === "interrupted") throw error;
      checks.push({ check: name, ok: false, detail: `${error.code}: ${error.message}` });
    }
  };
  await check("models", async () => {
    models = (await backend.models(signal)).map(({ id }) => id);
    return `it has ${models.length === 1 ? "one model" : `${models.length} models`}`;
  });
  const chosen = async (kind: ModelKind) => await modelOf(provider, kind);
  const chat = await chosen("chat");
  if (chat !== undefined) await check("chat", async () => await sayOneWord(backend, chat, signal));
  const embedding = await chosen("embedding");
  if (embedding !== undefined) {
    await check("embedding", async () => {
      const { vectors } = await backend.embed(embedding, ["one word"], signal);
      return `${embedding} gives vectors of ${vectors[0]?.length ?? 0} numbers`;
    });
  }
  // A server need not have a list where a model was named.
  const decisive = checks.some(({ check }) => check !== "models")
    ? checks.filter(({ check }) => check !== "models")
    : checks;
  return {
    name: provider.name,
    ok: chat !== undefined || embedding !== undefined ? decisive.every(({ ok }) => ok) : false,
    models,
    checks,
  };
}

async function sayOneWord(backend: ModelBackend, model: string, signal: AbortSignal): Promise<string> {
  const startedAt = performance.now();
  const request = {
    model,
    messages: [{ role: "user", content: "Answer with one word: are you there?" }],
    tools: [],
    sampling: {},
  } as const;
  for await (const _ of backend.stream(request, signal));
  return `${model} answered after ${Math.round(performance.now() - startedAt)} ms`;
}
