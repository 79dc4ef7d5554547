import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";
import { toldInference } from "../../test/helpers/told-inference.ts";
import { HostError } from "../protocol/errors.ts";
import type { ModelInfo } from "../protocol/inference.ts";

const CHAT: ModelInfo = {
  id: "demo/chat",
  name: "chat",
  provider: "demo",
  type: "chat",
  capabilities: ["tools"],
  contextWindow: 8192,
};
const EMBEDDING: ModelInfo = {
  id: "demo/e",
  name: "e",
  provider: "demo",
  type: "embedding",
  capabilities: [],
  dimensions: 3,
};

test("models are told with what is known of them, members in the order of their names", async () => {
  const { call, rows } = openHostApi({ inference: toldInference({ models: async () => [CHAT, EMBEDDING] }) });
  expect(await call("list_models")).toBe(
    '{"models":[{"capabilities":["tools"],"context_window":8192,"id":"demo/chat","name":"chat","provider":"demo","type":"chat"},{"capabilities":[],"dimensions":3,"id":"demo/e","name":"e","provider":"demo","type":"embedding"}]}',
  );
  expect(rows).toMatchObject([{ method: "GET", path: "/host-api/models", status: 200 }]);
});

test("no model is an empty list", async () => {
  expect(await openHostApi({ inference: toldInference() }).call("list_models")).toBe('{"models":[]}');
});

test("what fails is an inference_error with its own code", async () => {
  const models = () => Promise.reject(new HostError("store_broken", "it cannot be read"));
  const { call } = openHostApi({ inference: toldInference({ models }) });
  expect(JSON.parse((await call("list_models"))!)).toMatchObject({ error: "inference_error", code: "store_broken" });
});
