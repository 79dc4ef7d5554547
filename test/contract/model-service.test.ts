// What models are asked through, held by both kinds of providers: a server, asked over HTTP, and a script. And what may be
// a provider at all.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import type { ModelsHost, NewModelProvider } from "../../src/host/models-host.ts";
import { secretsFolder } from "../../src/host/stores.ts";
import type { ModelEvent } from "../../src/protocol/inference.ts";
import {
  API_KEY_CHARS_MAX,
  MODEL_NAME_CHARS_MAX,
  MODEL_PROVIDER_NAME_CHARS_MAX,
  MODELS_LISTED_MAX,
} from "../../src/protocol/limits.ts";
import { DataKeys } from "../../src/store/data-keys.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import {
  callsTools,
  delta,
  event,
  hangingStream,
  type ModelAnswer,
  responds,
  says,
  startModelServer,
} from "../helpers/model-server.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const NEVER = new AbortController().signal;

async function openedModels(env: Record<string, string> = {}, data = tempDir()): Promise<ModelsHost> {
  const all = { OSAURUS_HOME: data, HOME: data, OSAURUS_KEY_PROTECTION: "key-file", ...env };
  const host = createHost({
    paths: resolvePaths({ env: all, platform: process.platform }),
    env: all,
    cwd: data,
    recordsInsights: false,
  });
  onTestFinished(async () => await host.stop());
  return await host.models();
}

type Scene = "hello" | "tools" | "endless" | "cut";

const ANSWERS: Readonly<Record<Scene, ModelAnswer>> = {
  hello: says("Hel", "lo"),
  tools: callsTools({ name: "echo", arguments: { a: 1 } }, { name: "echo", arguments: "odd", id: "other" }),
  endless: hangingStream(event(delta({ content: "a" }))),
  cut: async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    await new Promise<void>((done) => response.write(event(delta({ content: "half" })), () => done()));
    response.destroy();
  },
};
const TURNS: Readonly<Record<Scene, object>> = {
  hello: { text: ["Hel", "lo"], usage: { prompt_tokens: 7, completion_tokens: 2 } },
  tools: {
    tool_calls: [
      { name: "echo", arguments: { a: 1 } },
      { name: "echo", arguments: "odd" },
    ],
  },
  endless: { text: ["a", "b"], delay_ms: 50 },
  cut: { text: "half", fail: "inference_cut" },
};

describe.each(["openai", "scripted"] as const)("a model of kind %s", (kind) => {
  async function opened(scene: Scene): Promise<ModelsHost> {
    const models = await openedModels();
    if (kind === "openai") {
      const server = await startModelServer({ answers: [ANSWERS[scene]] });
      await models.addProvider({ name: "p", baseUrl: server.url }, NEVER);
    } else {
      const script = join(tempDir(), "play.json");
      writeFileSync(script, JSON.stringify({ turns: [TURNS[scene]] }));
      await models.addProvider({ name: "p", script }, NEVER);
    }
    return models;
  }

  async function* asked(models: ModelsHost, signal = NEVER): AsyncGenerator<ModelEvent> {
    const model = await models.choose(undefined, undefined);
    const messages = [{ role: "user", content: "Hi" }] as const;
    yield* models.stream({ model, messages, tools: [], sampling: {} }, signal);
  }

  test("says its text in pieces, then how many tokens that were, then that it is done", async () => {
    const events: ModelEvent[] = [];
    for await (const one of asked(await opened("hello"))) events.push(one);
    expect(events).toEqual([
      { type: "text", text: "Hel" },
      { type: "text", text: "lo" },
      { type: "usage", usage: { promptTokens: 7, completionTokens: 2, totalTokens: 9 } },
      { type: "finish", reason: "stop" },
    ]);
  });

  test("asks for tools, each call with an id of its own", async () => {
    const events: ModelEvent[] = [];
    for await (const one of asked(await opened("tools"))) events.push(one);
    const calls = events.flatMap((one) => (one.type === "tool_call" ? [one.call] : []));
    expect(calls.map(({ name, arguments: given }) => [name, given])).toEqual([
      ["echo", '{"a":1}'],
      ["echo", "odd"],
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    expect(events.at(-1)).toEqual({ type: "finish", reason: "tool_calls" });
  });

  test("stops when it is interrupted", async () => {
    const ending = new AbortController();
    const models = await opened("endless");
    const running = (async () => {
      for await (const _ of asked(models, ending.signal)) ending.abort();
    })();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
  });

  test("gives what it had said before it broke off", async () => {
    const texts: string[] = [];
    const models = await opened("cut");
    const running = (async () => {
      for await (const one of asked(models)) if (one.type === "text") texts.push(one.text);
    })();
    await expect(running).rejects.toMatchObject({ code: "inference_cut" });
    expect(texts).toEqual(["half"]);
  });

  test("gives a vector for each text, and none for none", async () => {
    const models = await opened("hello");
    const { vectors } = await models.embed(undefined, ["a", "bb"], NEVER);
    expect(vectors.map((one) => one.length > 0)).toEqual([true, true]);
    expect((await models.embed("default", [], NEVER)).vectors).toEqual([]);
  });

  test("is listed, is the default, and can be asked by each of its names", async () => {
    const models = await opened("hello");
    const list = await models.list(NEVER);
    expect(list.map(({ type, provider }) => [type, provider])).toEqual([
      ["chat", "p"],
      ["embedding", "p"],
    ]);
    const { id } = list[0]!;
    for (const name of [id, `p/${id}`, "p", "local", "default"]) {
      expect(await models.choose(name, undefined)).toEqual({ provider: "p", model: id });
    }
    expect(await models.choose("", { model: id })).toEqual({ provider: "p", model: id });
    await expect(models.list(AbortSignal.abort())).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("adding a provider", () => {
  const SERVER = { name: "p", baseUrl: "http://127.0.0.1:1/v1" };

  test("the first one is the default until it is removed, and a server that is down is added all the same", async () => {
    const models = await openedModels();
    const added = await models.addProvider({ ...SERVER, model: "m" }, NEVER);
    expect(added).toMatchObject({ isDefault: true, problem: { code: "inference_unreachable" }, model: "m" });
    await models.addProvider({ ...SERVER, name: "q", model: "n" }, NEVER);
    expect(await models.choose("", undefined)).toEqual({ provider: "p", model: "m" });
    await models.removeProvider("P");
    expect(await models.choose("", undefined)).toEqual({ provider: "q", model: "n" });
    expect((await models.providers()).map(({ name, isDefault }) => [name, isDefault])).toEqual([["q", true]]);
  });

  test("models are found out, those for embedding by their name", async () => {
    const server = await startModelServer({ models: ["whisper-1", "mxbai-embed-large", "qwen3", "nomic-embed-text"] });
    const models = await openedModels();
    const added = await models.addProvider({ name: "p", baseUrl: server.url }, NEVER);
    expect([added.model, added.embeddingModel]).toEqual(["qwen3", "mxbai-embed-large"]);
    const own = { name: "q", baseUrl: server.url, model: "a", embeddingModel: "b" };
    expect(await models.addProvider(own, NEVER)).toMatchObject({ model: "a", embeddingModel: "b" });
  });

  test.each([
    ["with its version", "/v1", (origin: string) => `${origin}/v1`, "/v1"],
    ["without the version that it has", "/v1", (origin: string) => origin, "/v1"],
    ["without a version that it does not have", "", (origin: string) => origin, ""],
    ["without the version behind a path", "/api/v1", (origin: string) => `${origin}/api`, "/api/v1"],
    ["with what is asked for below it", "/v1", (origin: string) => `${origin}/v1/chat/completions`, "/v1"],
  ])("its address may be given %s", async (_name, base, given, kept) => {
    const server = await startModelServer({ base });
    const models = await openedModels();
    const added = await models.addProvider({ name: "p", baseUrl: given(server.origin) }, NEVER);
    expect([added.baseUrl, added.problem]).toEqual([server.origin + kept, undefined]);
  });

  test("an id that two have is found at the first, and listed with its provider for the second", async () => {
    const first = await startModelServer({ models: ["same"] });
    const second = await startModelServer({ models: ["same", "p/odd"] });
    const models = await openedModels();
    await models.addProvider({ name: "p", baseUrl: first.url }, NEVER);
    await models.addProvider({ name: "q", baseUrl: second.url }, NEVER);
    const list = await models.list(NEVER);
    expect(list.map(({ id }) => id)).toEqual(["same", "q/same", "q/p/odd"]);
    const chosen = await Promise.all(list.map(async ({ id }) => await models.choose(id, undefined)));
    expect(chosen).toEqual([
      { provider: "p", model: "same" },
      { provider: "q", model: "same" },
      { provider: "q", model: "p/odd" },
    ]);
  });

  test("a list of models is kept for a while, and one of the largest size is whole", async () => {
    const server = await startModelServer({
      models: Array.from({ length: MODELS_LISTED_MAX + 1 }, (_, at) => `m${at}`),
    });
    const models = await openedModels();
    await models.addProvider({ name: "p", baseUrl: server.url }, NEVER);
    expect(await models.choose(`m${MODELS_LISTED_MAX - 1}`, undefined)).toMatchObject({ provider: "p" });
    await expect(models.choose(`m${MODELS_LISTED_MAX}`, undefined)).rejects.toMatchObject({ code: "model_unknown" });
    await models.list(NEVER);
    expect(server.requests).toHaveLength(2);
  });

  test("a server without a list has what it was added with, and is asked for whatever somebody names", async () => {
    const server = await startModelServer({ models: null });
    const data = tempDir();
    const models = await openedModels({}, data);
    const added = await models.addProvider({ name: "p", baseUrl: server.url, model: "m" }, NEVER);
    expect(added).toMatchObject({ baseUrl: server.url, problem: { code: "inference_refused" } });
    expect((await models.list(NEVER)).map(({ id, type }) => [id, type])).toEqual([["m", "chat"]]);
    expect(await models.choose("other", undefined)).toEqual({ provider: "p", model: "other", isGuess: true });
    expect(await models.testProvider("p", NEVER)).toMatchObject({ ok: true, models: [] });
    await server.stop();
    const later = await openedModels({}, data);
    expect(await later.list(NEVER)).toEqual([]);
  });

  const name = (size: number) => "n".repeat(size);
  const refusals: readonly (readonly [string, Partial<NewModelProvider>])[] = [
    ["no name", { name: "" }],
    ["a slash in the name", { name: "a/b" }],
    ["a word that means a model", { name: "Local" }],
    ["a name that is too long", { name: name(MODEL_PROVIDER_NAME_CHARS_MAX + 1) }],
    ["a model's name that is too long", { model: name(MODEL_NAME_CHARS_MAX + 1) }],
    ["a model's name on two lines", { embeddingModel: "a\nb" }],
    ["a password in the address", { baseUrl: "http://u:s3cret-value@127.0.0.1:1" }],
    ["an empty key", { apiKey: " \n" }],
    ["a key with a line break in it", { apiKey: "s3cret-value\r\nx-other: 1" }],
    ["a key that is too long", { apiKey: "s3cret-value".padEnd(API_KEY_CHARS_MAX + 1, "x") }],
    ["a key in the place of a variable", { apiKeyEnv: "sk-s3cret-value" }],
    ["a variable whose name is too long", { apiKeyEnv: name(API_KEY_CHARS_MAX + 1) }],
    ["two keys", { apiKeyEnv: "KEY", apiKey: "s3cret-value" }],
    ["a key for a public server without encryption", { apiKey: "s3cret-value", baseUrl: "http://192.0.2.1/v1" }],
    ["a variable for the same", { apiKeyEnv: "KEY", baseUrl: "http://192.0.2.1/v1" }],
    ["an address and a script", { script: "x.json" }],
  ];
  test.each(refusals)("%s is refused, nothing is kept, and no key is repeated", async (_name, wish) => {
    const models = await openedModels();
    const adding = models.addProvider({ ...SERVER, ...wish }, NEVER);
    await expect(adding).rejects.toMatchObject({ code: "model_provider_invalid" });
    const error = await adding.catch((thrown: unknown) => thrown as { message: string; hint?: string });
    expect(JSON.stringify([(error as Error).message, (error as { hint?: string }).hint])).not.toContain("s3cret");
    expect(await models.providers()).toEqual([]);
  });

  test("names and keys of the largest size are taken", async () => {
    const models = await openedModels();
    const wish = {
      ...SERVER,
      name: name(MODEL_PROVIDER_NAME_CHARS_MAX),
      model: name(MODEL_NAME_CHARS_MAX),
      apiKey: `${"k".repeat(API_KEY_CHARS_MAX)}\n`,
    };
    expect(await models.addProvider(wish, NEVER)).toMatchObject({ hasKey: true, model: wish.model });
  });

  test("without a key, or with one for this machine, http will do", async () => {
    const models = await openedModels();
    const near = await models.addProvider({ ...SERVER, apiKey: "k" }, NEVER);
    expect(near.hasKey).toBe(true);
  });

  test("a name that is taken is refused, and its key stays what it was", async () => {
    const server = await startModelServer({ key: "first-key" });
    const models = await openedModels();
    await models.addProvider({ name: "p", baseUrl: server.url, apiKey: "first-key" }, NEVER);
    const again = models.addProvider({ name: "P", baseUrl: server.url, apiKey: "second-key" }, NEVER);
    await expect(again).rejects.toMatchObject({ code: "model_provider_exists" });
    expect(await models.testProvider("p", NEVER)).toMatchObject({ ok: true });
  });
});

describe("keys", () => {
  test("a variable is read when the model is asked, and only its name is kept", async () => {
    const server = await startModelServer({ key: "v4riable-key" });
    const data = tempDir();
    const models = await openedModels({ MY_KEY: "v4riable-key" }, data);
    const added = await models.addProvider({ name: "p", baseUrl: server.url, apiKeyEnv: "MY_KEY" }, NEVER);
    expect(added).toMatchObject({ apiKeyEnv: "MY_KEY", hasKey: false, problem: undefined, model: "test-model" });
    expect(await models.testProvider("p", NEVER)).toMatchObject({ ok: true });
    const without = await openedModels({}, data);
    const test = await without.testProvider("p", NEVER);
    expect(test.ok).toBe(false);
    expect(test.checks.map(({ detail }) => detail).join()).toContain("MY_KEY is not set");
  });

  test("a key that is kept is forgotten with its provider", async () => {
    const server = await startModelServer({ key: "k3pt-key" });
    const data = tempDir();
    const models = await openedModels({}, data);
    const kept = async () => {
      const folder = secretsFolder({ data });
      const keys = new DataKeys({ folder, env: { OSAURUS_KEY_PROTECTION: "key-file" } });
      return await new SecretStore(folder, keys).everything();
    };
    await models.addProvider({ name: "P", baseUrl: server.url, apiKey: "k3pt-key" }, NEVER);
    expect((await kept()).entries).toMatchObject([{ key: "p", value: "k3pt-key" }]);
    expect(await models.testProvider("p", NEVER)).toMatchObject({ ok: true });
    await models.removeProvider("p");
    expect(await kept()).toEqual({ entries: [], unreadable: [] });
    await models.addProvider({ name: "p", baseUrl: server.url }, NEVER);
    expect(await models.testProvider("p", NEVER)).toMatchObject({ ok: false });
    expect(server.requests.at(-1)!.headers.authorization).toBeUndefined();
  });

  test("a wrong key is told as such", async () => {
    const server = await startModelServer({ key: "right-key", paths: { "/v1/x": responds(404, "") } });
    const models = await openedModels();
    const added = await models.addProvider({ name: "p", baseUrl: server.url, apiKey: "wrong-key", model: "m" }, NEVER);
    expect(added.problem).toMatchObject({ code: "inference_unauthorized" });
    const { checks } = await models.testProvider("p", NEVER);
    expect(checks.every(({ ok }) => !ok)).toBe(true);
    expect(JSON.stringify([checks, added.problem?.message])).not.toContain("wrong-key");
  });
});
