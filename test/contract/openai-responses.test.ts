// /v1/responses as the official client uses it: events in their order, calls of tools, and conversations that the host keeps.

import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  cutStream,
  delta,
  event,
  events,
  finish,
  hangingStream,
  keptModelServer,
  type ModelServer,
  responds,
  says,
  thinks,
  usage,
} from "../helpers/model-server.ts";
import { type ServedHost, serveHost } from "../helpers/served-host.ts";

let served: ServedHost;
let upstream: ModelServer;
let client: OpenAI;
let tool: string;

beforeAll(async () => {
  upstream = await keptModelServer();
  served = await serveHost();
  installFixture(served.home.env["OSAURUS_HOME"]!, "echoes-input", { consent: ["calendar", "network"] });
  const wish = { name: "up", baseUrl: upstream.url, model: "test-model" };
  await (await served.host.models()).addProvider(wish, new AbortController().signal);
  client = new OpenAI({ baseURL: `${served.url}/v1`, apiKey: served.key, maxRetries: 0 });
  const agent = await (await served.host.agents()).find(undefined);
  const tools = await (await served.host.shelf()).list(agent);
  tool = tools.find(({ toolId }) => toolId === "checked")!.name;
});
afterAll(async () => {
  await served.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.answers(says("Hello"));
  upstream.requests.length = 0;
});

const ASK = { model: "test-model", input: "hi" };
const WEATHER = { type: "function" as const, name: "weather", parameters: { type: "object" }, strict: false };

/** What the model was asked last, without the host's own words. */
function askedLast() {
  const messages = upstream.completions.at(-1)!.body.messages as { role: string; content: unknown }[];
  return messages.filter(({ role }) => role !== "system").map(({ role, content }) => `${role}: ${content}`);
}

async function allOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

describe("a response", () => {
  test("is given as a whole", async () => {
    upstream.answers(thinks("hm", "Hello"));
    const response = await client.responses.create({
      ...ASK,
      instructions: "Be kind.",
      temperature: 0.1,
      max_output_tokens: 9,
    });
    expect(response).toMatchObject({
      object: "response",
      status: "completed",
      model: "test-model",
      output_text: "Hello",
      instructions: "Be kind.",
      error: null,
      usage: { input_tokens: 7, output_tokens: 2, total_tokens: 9 },
      output: [
        { type: "reasoning", content: [{ type: "reasoning_text", text: "hm" }] },
        { type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: "Hello" }] },
      ],
    });
    const { body } = upstream.completions[0]!;
    expect(body).toMatchObject({ temperature: 0.1, max_tokens: 9 });
    expect(body.messages[0]).toMatchObject({ role: "system", content: expect.stringContaining("Be kind.") });
  });

  test("comes in events that the client puts together to the same", async () => {
    upstream.answers(
      events(
        delta({ reasoning_content: "hm" }),
        delta({ content: "Hel" }),
        delta({ content: "lo" }),
        finish("stop"),
        usage(1, 2),
      ),
    );
    const stream = client.responses.stream(ASK);
    const types: string[] = [];
    const numbers: number[] = [];
    for await (const { type, sequence_number } of stream) {
      types.push(type);
      numbers.push(sequence_number);
    }
    expect(types).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.reasoning_text.delta",
      "response.reasoning_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(numbers).toEqual(types.map((_, index) => index));
    const final = await stream.finalResponse();
    expect(final).toMatchObject({ status: "completed", output_text: "Hello", usage: { total_tokens: 3 } });
  });

  test("that is cut short says so", async () => {
    upstream.answers(events(delta({ content: "Hel" }), finish("length"), usage(1, 1)));
    const whole = await client.responses.create(ASK);
    expect(whole).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    const streamed = await allOf(await client.responses.create({ ...ASK, stream: true }));
    expect(streamed.at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { output: [{ status: "incomplete" }] },
    });
  });

  test("that breaks off ends its stream with what there was", async () => {
    upstream.answers(cutStream(event(delta({ content: "Hel" }))));
    const streamed = await allOf(await client.responses.create({ ...ASK, stream: true }));
    expect(streamed.at(-1)).toMatchObject({
      type: "response.failed",
      response: {
        status: "failed",
        error: { code: "inference_cut", partial_content: "Hel" },
        output: [{ status: "incomplete" }],
      },
    });
  });

  test("that never begins has the status of its failure", async () => {
    upstream.answers(responds(429, { error: { message: "slow down" } }, { "retry-after": "30" }));
    for (const stream of [false, true]) {
      const error = await client.responses.create({ ...ASK, stream }).then(
        () => undefined,
        (thrown: unknown) => thrown as APIError,
      );
      expect(error).toBeInstanceOf(APIError);
      expect([error!.status, error!.headers?.get("retry-after")]).toEqual([429, "30"]);
    }
  });

  test("whose client goes away is not made any further", async () => {
    upstream.answers(hangingStream(event(delta({ content: "Hel" }))));
    for await (const { type } of await client.responses.create({ ...ASK, stream: true })) {
      if (type === "response.output_text.delta") break;
    }
    await upstream.completions[0]!.over;
    expect(upstream.completions[0]!.isCancelled).toBe(true);
  });
});

describe("tools", () => {
  test("of the client are for the client to call, and it answers with their results", async () => {
    upstream.answers(callsTools({ name: "weather", arguments: { city: "Bern" }, id: "call_1" }));
    const asked = { ...ASK, tools: [WEATHER], tool_choice: { type: "function" as const, name: "weather" } };
    const stream = client.responses.stream(asked);
    const types = (await allOf(stream)).map(({ type }) => type).slice(2);
    expect(types).toEqual([
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.completed",
    ]);
    const first = await stream.finalResponse();
    expect(first.output).toMatchObject([
      { type: "function_call", call_id: "call_1", name: "weather", arguments: '{"city":"Bern"}' },
    ]);
    expect(upstream.completions[0]!.body.tool_choice).toEqual({ type: "function", function: { name: "weather" } });
    upstream.answers(says("It rains"));
    const output = { type: "function_call_output" as const, call_id: "call_1", output: "rain" };
    const second = await client.responses.create({
      ...ASK,
      tools: [WEATHER],
      input: [output],
      previous_response_id: first.id,
    });
    expect(second.output_text).toBe("It rains");
    expect(askedLast()).toEqual(["user: hi", "assistant: null", "tool: rain"]);
    // Another result for the same call: the first is not in its way.
    const other = { ...output, output: "sun" };
    await client.responses.create({ ...ASK, tools: [WEATHER], input: [other], previous_response_id: first.id });
    expect(askedLast()).toEqual(["user: hi", "assistant: null", "tool: sun"]);
  });

  test("of the client are taken as items too, without a conversation that is kept", async () => {
    const call = { type: "function_call" as const, call_id: "c", name: "weather", arguments: "{}" };
    const input = [
      { role: "user" as const, content: [{ type: "input_text" as const, text: "hi" }] },
      { type: "reasoning" as const, id: "rs_1", summary: [] },
      call,
      { type: "function_call_output" as const, call_id: "c", output: "rain" },
      {
        role: "user" as const,
        content: [{ type: "input_image" as const, image_url: "data:,", detail: "low" as const }],
      },
    ];
    await client.responses.create({ ...ASK, input, store: false, tools: [WEATHER] });
    expect(upstream.completions[0]!.body.messages).toMatchObject([
      { role: "user", content: "hi" },
      { role: "assistant", tool_calls: [{ id: "c", function: { name: "weather", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "c", content: "rain" },
      { role: "user", content: [{ type: "image_url", image_url: { url: "data:,", detail: "low" } }] },
    ]);
  });

  test("of the agent run in the host, and what is said before and after them are two messages", async () => {
    const before = events(
      delta({ content: "Let me see." }),
      delta({ tool_calls: [{ index: 0, id: "c", type: "function", function: { name: tool, arguments: '{"n":7}' } }] }),
      finish("tool_calls"),
    );
    for (const stream of [false, true]) {
      upstream.answers(before, says("Done"));
      const response = stream ? await client.responses.stream(ASK).finalResponse() : await client.responses.create(ASK);
      expect(response.output.map(({ type }) => type)).toEqual(["message", "message"]);
      expect(response).toMatchObject({
        output_text: "Let me see.Done",
        osaurus: { tool_calls_executed: [{ name: tool }] },
      });
    }
    expect(upstream.completions.at(-1)!.body.messages.at(-1).content).toContain('"n":7');
  });
});

describe("a conversation", () => {
  test("goes on from a response, and is one session", async () => {
    const agents = await served.host.agents();
    const before = (await agents.sessionsOf({})).length;
    const first = await client.responses.create({ ...ASK, input: "one" });
    const second = await client.responses.create({ ...ASK, input: "two", previous_response_id: first.id });
    await client.responses.create({ ...ASK, input: "three", previous_response_id: second.id });
    expect(askedLast()).toEqual(["user: one", "assistant: Hello", "user: two", "assistant: Hello", "user: three"]);
    expect(await agents.sessionsOf({})).toHaveLength(before + 1);
  });

  test("forks where it goes on from an older response, and neither branch sees the other", async () => {
    upstream.answers(says("A"), says("B"), says("C"), says("D"), says("E"));
    const first = await client.responses.create({
      ...ASK,
      input: [
        { role: "user", content: "1" },
        { role: "assistant", content: "x" },
        { role: "user", content: "2" },
      ],
    });
    const main = await client.responses.create({ ...ASK, input: "main", previous_response_id: first.id });
    const fork = await client.responses.create({ ...ASK, input: "fork", previous_response_id: first.id });
    const start = ["user: 1", "assistant: x", "user: 2", "assistant: A"];
    expect(askedLast()).toEqual([...start, "user: fork"]);
    await client.responses.create({ ...ASK, input: "on", previous_response_id: main.id });
    expect(askedLast()).toEqual([...start, "user: main", "assistant: B", "user: on"]);
    await client.responses.create({ ...ASK, input: "on", previous_response_id: fork.id });
    expect(askedLast()).toEqual([...start, "user: fork", "assistant: C", "user: on"]);
  });

  test("forks where two requests go on from the same response at once", async () => {
    const first = await client.responses.create({ ...ASK, input: "one" });
    const go = Promise.withResolvers<void>();
    const both = Promise.withResolvers<void>();
    let open = 0;
    upstream.answers(async (response, request) => {
      if (++open === 2) both.resolve();
      await go.promise;
      await says("Hello")(response, request);
    });
    const answers = ["a", "b"].map((input) =>
      client.responses.create({ ...ASK, input, previous_response_id: first.id }),
    );
    await both.promise; // Neither waits for the other.
    const asked = upstream.completions.slice(-2).map(({ body }) => body.messages.length);
    expect(asked[0]).toBe(asked[1]);
    go.resolve();
    const [one, other] = await Promise.all(answers);
    expect(one!.id).not.toBe(other!.id);
  });

  test("is not kept when that is not wanted, also when it goes on from one that is", async () => {
    const agents = await served.host.agents();
    const first = await client.responses.create({ ...ASK, input: "one" });
    const before = (await agents.sessionsOf({})).length;
    const second = await client.responses.create({
      ...ASK,
      input: "two",
      store: false,
      previous_response_id: first.id,
    });
    expect(askedLast()).toEqual(["user: one", "assistant: Hello", "user: two"]);
    expect(await agents.sessionsOf({})).toHaveLength(before);
    await expect(client.responses.create({ ...ASK, previous_response_id: second.id })).rejects.toMatchObject({
      status: 404,
      param: "previous_response_id",
    });
  });

  test("belongs to its agent", async () => {
    await (await served.host.agents()).create({ name: "other", model: "test-model" });
    const first = await client.responses.create(ASK);
    const stolen = { ...ASK, model: "agent:other", previous_response_id: first.id };
    await expect(client.responses.create(stolen)).rejects.toMatchObject({ status: 404 });
    await expect(client.responses.create({ ...stolen, model: "agent:default" })).resolves.toMatchObject({
      status: "completed",
    });
  });

  test("that the model's server failed to give leaves no conversation", async () => {
    const agents = await served.host.agents();
    const before = (await agents.sessionsOf({})).length;
    upstream.answers(responds(401, { error: { message: "no" } }));
    await expect(client.responses.create(ASK)).rejects.toBeInstanceOf(APIError);
    expect(await agents.sessionsOf({})).toHaveLength(before);
  });

  test("leaves nothing behind when it comes to nothing", async () => {
    const sessions = async () => (await (await served.host.agents()).sessionsOf({})).length;
    const before = await sessions();
    await expect(client.responses.create({ ...ASK, model: "no-such" })).rejects.toMatchObject({ status: 404 });
    expect(await sessions()).toBe(before);
  });

  test.each(["resp_1", "", `resp_${"0".repeat(44)}`, `resp_${"f".repeat(44)}`, "../x", "resp_'; --"])(
    "is not found under %j",
    async (previous_response_id) => {
      await expect(client.responses.create({ ...ASK, previous_response_id })).rejects.toMatchObject({ status: 404 });
    },
  );
});

describe("a request", () => {
  test.each([
    [{}, "input"],
    [{ input: [] }, "input"],
    [{ input: [{ role: "boss", content: "x" }] }, "input[0]"],
    [{ input: [{ role: "user", content: [{ type: "input_text" }] }] }, "input[0].content[0].text"],
    [{ input: [{ role: "user", content: [{ type: "what" }] }] }, "input[0].content[0].type"],
    [{ input: [{ type: "item_reference", id: "x" }] }, "input[0].type"],
    [{ input: [{ type: "function_call_output", output: "x" }] }, "input[0]"],
    [{ input: "x", background: true }, "background"],
    [{ input: "x", conversation: "conv_1" }, "conversation"],
    [{ input: "x", tools: [{ type: "web_search" }] }, "tools[0].type"],
    [{ input: "x", tool_choice: { type: "mcp" }, tools: [WEATHER] }, "tool_choice"],
    [{ input: "x", text: { format: { type: "json_schema" } } }, "text.format"],
  ])("that is wrong is refused with the place: %j", async (body, param) => {
    await expect(client.responses.create(body as never)).rejects.toMatchObject({ status: 400, param });
  });

  test("for an answer in a schema is passed on as model servers know it", async () => {
    const schema = { type: "object", properties: {}, additionalProperties: false };
    await client.responses.create({
      ...ASK,
      text: { format: { type: "json_schema", name: "empty", schema, strict: true } },
    });
    expect(upstream.completions[0]!.body.response_format).toEqual({
      type: "json_schema",
      json_schema: { name: "empty", schema, strict: true },
    });
  });
});
