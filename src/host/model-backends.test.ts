import { expect, onTestFinished, test, vi } from "vitest";
import { MODELS_MS_MAX, MODELS_UNKNOWN_MS } from "../protocol/limits.ts";
import { readManifest } from "../protocol/manifest.ts";
import type { StoredProvider } from "../store/model-providers.ts";
import { keyName, ModelLists } from "./model-backends.ts";

test("keys of model providers are kept under a name that no plugin can have", () => {
  const owner = keyName("work").pluginId;
  const manifestOf = (plugin_id: string) => readManifest(JSON.stringify({ plugin_id, capabilities: {} })).manifest;
  expect(manifestOf(owner)).toBeUndefined();
  expect(manifestOf(owner.replace("/", ":"))).toBeDefined();
});

test("a list that never comes is waited for as long as a list may take, and then asked for again", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), ms);
    return stop.signal;
  });
  let asked = 0;
  const models = () => {
    asked++;
    return new Promise<never>(() => {});
  };
  const lists = new ModelLists(() => ({ models }) as never);
  const first = lists.of(PROVIDER);
  await vi.advanceTimersByTimeAsync(MODELS_MS_MAX);
  expect(await first).toBeUndefined();
  await vi.advanceTimersByTimeAsync(MODELS_UNKNOWN_MS);
  const second = lists.of(PROVIDER);
  await vi.advanceTimersByTimeAsync(MODELS_MS_MAX);
  expect(await second).toBeUndefined();
  expect(asked).toBe(2);
});

const PROVIDER: StoredProvider = {
  name: "p",
  kind: "openai",
  baseUrl: "http://127.0.0.1:9/v1",
  script: null,
  apiKeyEnv: null,
  hasKey: false,
  model: null,
  embeddingModel: null,
  isPreferred: false,
  createdAt: "",
};
