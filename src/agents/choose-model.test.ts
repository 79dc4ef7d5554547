import { expect, test } from "vitest";
import { chooseModel, type ModelKind, type ProviderChoice } from "./choose-model.ts";

interface Given {
  readonly model?: string | null;
  readonly embedding?: string | null;
  readonly isLocal?: boolean;
  /** Undefined: the list cannot be had. */
  readonly models?: readonly string[] | undefined;
}

const looked: string[] = [];

function provider(
  name: string,
  { model = null, embedding = null, isLocal = false, models }: Given = {},
): ProviderChoice {
  return {
    name,
    isLocal,
    model,
    embeddingModel: embedding,
    async list() {
      looked.push(name);
      return models?.map((id) => ({
        id,
        name: id,
        type: id.includes("embed") ? "embedding" : "chat",
        capabilities: [],
      }));
    },
  };
}

const CLOUD = provider("cloud", {
  model: "gpt",
  embedding: "gpt-embed",
  models: ["gpt", "gpt-embed", "a/b", "shared"],
});
const HOME = provider("home", {
  model: "llama",
  embedding: "nomic-embed",
  isLocal: true,
  models: ["llama", "shared", "qwen"],
});
const ALL = [CLOUD, HOME];

async function choose(
  name: unknown,
  providers = ALL,
  { agent, kind = "chat" }: { agent?: string; kind?: ModelKind } = {},
) {
  const { provider, model } = await chooseModel([name as string, agent], providers, kind);
  return `${provider} ${model}`;
}

test.each([undefined, null, "", "  ", "default", "DEFAULT"])(
  "%j is the default model, without asking anybody",
  async (name) => {
    looked.length = 0;
    expect(await choose(name)).toBe("cloud gpt");
    expect(await choose(name, ALL, { kind: "embedding" })).toBe("cloud gpt-embed");
    expect(looked).toEqual([]);
  },
);

test("the agent's model comes before the host's, and may say default itself", async () => {
  expect(await choose("", ALL, { agent: "qwen" })).toBe("home qwen");
  expect(await choose("shared", ALL, { agent: "qwen" })).toBe("cloud shared");
  expect(await choose("", ALL, { agent: "Default" })).toBe("cloud gpt");
});

test.each([
  ["local", "home llama"],
  ["Local", "home llama"],
  ["home/anything", "home anything"],
  ["HOME/a/b", "home a/b"],
  ["a/b", "cloud a/b"],
  ["qwen", "home qwen"],
  [" qwen ", "home qwen"],
  ["shared", "cloud shared"],
  ["home", "home llama"],
])("%j is %s", async (name, chosen) => {
  expect(await choose(name)).toBe(chosen);
});

test.each(["foundation", "Foundation", "nothing", "QWEN", "home/"])("%j is unknown", async (name) => {
  await expect(choose(name)).rejects.toMatchObject({ code: "model_unknown", hint: expect.any(String) });
});

test("an id that no list has goes to a provider whose list cannot be had, the default one first", async () => {
  const down = provider("down", { model: "x" });
  expect(await choose("new", [down, HOME])).toBe("down new");
  expect(await choose("qwen", [down, HOME])).toBe("home qwen");
  expect(await choose("x", [HOME, down])).toBe("down x");
});

test("only a model that no list has, and that nobody configured, is a guess", async () => {
  const down = provider("down", { model: "x" });
  const isGuess = async (name: string) => (await chooseModel([name], [down, HOME], "chat")).isGuess === true;
  expect(await Promise.all(["nosuch", "qwen", "x", "down/y", "local", ""].map(isGuess))).toEqual([
    true,
    ...Array.from({ length: 5 }, () => false),
  ]);
});

test("without a model that was configured, a list has it: no model for embedding to chat, and none for sound", async () => {
  expect(await choose("", [provider("p", { models: ["my-embed", "whisper-1", "tts-1", "chatty"] })])).toBe("p chatty");
  expect(await choose("", [provider("p", { models: ["my-embed"] }), HOME])).toBe("home llama");
  expect(await choose("", [provider("p", { models: ["a", "my-embed"] })], { kind: "embedding" })).toBe("p my-embed");
});

test("without a provider, one is missing; without a model, it is unknown", async () => {
  await expect(choose("x", [])).rejects.toMatchObject({ code: "model_provider_missing" });
  await expect(choose("", [])).rejects.toMatchObject({ code: "model_provider_missing" });
  await expect(choose("", [provider("p", { models: [] })])).rejects.toMatchObject({ code: "model_unknown" });
  await expect(choose("", [provider("p")])).rejects.toMatchObject({ code: "model_unknown" });
  await expect(choose("local", [CLOUD])).rejects.toMatchObject({ code: "model_unknown" });
});
