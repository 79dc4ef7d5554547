import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";
import { toldInference, untilEnded } from "../../test/helpers/told-inference.ts";
import { HostError } from "../protocol/errors.ts";
import { EMBED_INPUTS_MAX } from "../protocol/limits.ts";

function open(told: Parameters<typeof toldInference>[0] = {}, deps = {}) {
  const api = openHostApi({ inference: toldInference(told), ...deps });
  return {
    ...api,
    embed: async (members: object) => JSON.parse((await api.call("embed", [JSON.stringify(members)]))!),
  };
}

test("texts get vectors in their order, with members in the order of their names", async () => {
  const { call } = open();
  expect(await call("embed", ['{"input":["a","bc"]}'])).toBe(
    '{"data":[{"dimensions":2,"embedding":[1,0.5],"index":0},{"dimensions":2,"embedding":[2,0.5],"index":1}],"model":"embedder","usage":{"prompt_tokens":2,"total_tokens":2}}',
  );
});

test("a single text is one of a list", async () => {
  expect((await open().embed({ input: "abc" })).data).toEqual([{ index: 0, dimensions: 2, embedding: [3, 0.5] }]);
});

test("the model is the host's own unless one is named", async () => {
  const asked: unknown[] = [];
  const { embed } = open({
    embed: async (model) => {
      asked.push(model);
      return { model: "e", vectors: [], promptTokens: 0 };
    },
  });
  for (const model of [undefined, null, "default", " mine "]) await embed({ input: "x", model });
  expect(asked).toEqual([undefined, undefined, undefined, "mine"]);
});

test.each([
  [{}, "input is missing"],
  [{ input: null }, "input is missing"],
  [{ input: 5 }, "input is neither a text nor a list of texts"],
  [{ input: [] }, "input is empty"],
  [{ input: ["a", 5] }, "input[1] is no text"],
  [{ input: ["a", null] }, "input[1] is no text"],
  [{ input: [[1, 2]] }, "input[0] is no text"],
  [{ input: "a", model: 5 }, "model is no text"],
])("%j is refused with the name of what is wrong", async (members, message) => {
  expect(await open().embed(members)).toEqual({ error: "invalid_request", message });
});

test("there may be as many texts as the limit, and not one more", async () => {
  const texts = (length: number) => ({ input: Array.from({ length }, () => "x") });
  expect((await open().embed(texts(EMBED_INPUTS_MAX))).data).toHaveLength(EMBED_INPUTS_MAX);
  expect(await open().embed(texts(EMBED_INPUTS_MAX + 1))).toMatchObject({ error: "invalid_request" });
});

test("what fails is an embedding_error with its own code", async () => {
  const { embed, rows } = open({
    embed: () => Promise.reject(new HostError("inference_unreachable", "the server is down", { hint: "start it" })),
  });
  expect(await embed({ input: "x" })).toEqual({
    error: "embedding_error",
    code: "inference_unreachable",
    message: "The server is down.",
    hint: "start it",
  });
  expect(rows).toMatchObject([{ path: "/host-api/embeddings", status: 500, errorCode: "embedding_error" }]);
});

test("what takes too long is ended", async () => {
  const { embed } = open(
    {
      embed: async (_model, _texts, signal) => {
        await untilEnded({ signal });
        throw new HostError("interrupted", "interrupted");
      },
    },
    { inferenceMsMax: 1 },
  );
  expect(await embed({ input: "x" })).toMatchObject({ error: "host_timeout" });
});
