// osaurus providers and osaurus models, as a user has them.

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startModelServer } from "../helpers/model-server.ts";
import { type CliResult, runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const SECRET = "sk-s3cret/Key+0123456789";

function user(more: Readonly<Record<string, string>> = {}) {
  const env = { ...home.env, ...more, OSAURUS_HOME: tempDir(), OSAURUS_KEY_PROTECTION: "key-file" };
  return {
    data: env.OSAURUS_HOME,
    osaurus: (args: readonly string[], input?: string) =>
      runCli(args, { program: "osaurus", env, cwd: env.OSAURUS_HOME, ...(input === undefined ? {} : { input }) }),
  };
}

const errorOf = ({ stdout }: CliResult) =>
  (JSON.parse(stdout) as { error: { code: string; message: string; hint?: string } }).error;

test("a server is added, listed with its models, tried and removed", async () => {
  const server = await startModelServer({ models: ["llama", "nomic-embed-text"] });
  const { osaurus } = user();
  const added = await osaurus(["providers", "add", "mine", "--base-url", server.origin]);
  expect([added.code, added.stdout]).toEqual([0, ""]);
  expect(added.stderr).toContain('"mine" is added, with llama and nomic-embed-text');
  const row = {
    name: "mine",
    base_url: server.url,
    model: "llama",
    embedding_model: "nomic-embed-text",
    default: true,
  };
  const list = await osaurus(["providers", "list", "--json"]);
  expect([list.code, JSON.parse(list.stdout)]).toEqual([0, [expect.objectContaining(row)]]);
  const models = await osaurus(["models", "--json"]);
  expect(JSON.parse(models.stdout)).toEqual([
    { id: "llama", name: "llama", provider: "mine", type: "chat", capabilities: ["chat"], default: true },
    {
      id: "nomic-embed-text",
      name: "nomic-embed-text",
      provider: "mine",
      type: "embedding",
      capabilities: ["embedding"],
      default: true,
    },
  ]);
  const tried = await osaurus(["providers", "test", "mine", "--json"]);
  expect([tried.code, JSON.parse(tried.stdout)]).toEqual([
    0,
    expect.objectContaining({ name: "mine", ok: true, models: ["llama", "nomic-embed-text"] }),
  ]);
  await server.stop();
  expect((await osaurus(["providers", "test", "mine"])).code).toBe(30);
  const down = await osaurus(["models"]);
  expect([down.code, down.stderr]).toEqual([0, expect.stringContaining('"mine" gave no list of models')]);
  expect((await osaurus(["providers", "remove", "MINE"])).code).toBe(0);
  const again = await osaurus(["providers", "remove", "mine", "--json"]);
  expect([again.code, errorOf(again).code]).toEqual([10, "model_provider_unknown"]);
});

test("a key from standard input is kept encrypted and never shown", async () => {
  const server = await startModelServer({ key: SECRET });
  const { osaurus, data } = user();
  const results = [
    await osaurus(["providers", "add", "mine", "--base-url", server.url, "--api-key-stdin"], `${SECRET}\n`),
    await osaurus(["providers", "list", "--json"]),
    await osaurus(["providers", "list"]),
    await osaurus(["providers", "test", "mine", "--json"]),
    await osaurus(["models", "-ddd"]),
  ];
  expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
  expect(results.map(({ stdout, stderr }) => stdout + stderr).join("\n")).not.toContain(SECRET);
  const files = readdirSync(data, { recursive: true, encoding: "utf8" }).map((name) => join(data, name));
  const written = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, "latin1"));
  expect(written.length).toBeGreaterThan(2);
  for (const content of written) expect(content).not.toContain(SECRET);
});

test("of a key in a variable only the name is kept, also where the server sends the key back", async () => {
  const server = await startModelServer({ key: "another" });
  const { osaurus, data } = user({ MY_KEY: SECRET });
  const added = await osaurus([
    "providers",
    "add",
    "mine",
    "--base-url",
    server.url,
    "--api-key-env",
    "MY_KEY",
    "--json",
  ]);
  expect([added.code, JSON.parse(added.stdout)]).toEqual([0, expect.objectContaining({ api_key: "variable MY_KEY" })]);
  const tried = await osaurus(["providers", "test", "mine"]);
  expect([tried.code, tried.stdout]).toEqual([30, expect.stringContaining("does not accept the API key")]);
  const shown = [added, tried].map(({ stdout, stderr }) => stdout + stderr).join();
  expect(shown).not.toContain(SECRET);
  expect(readFileSync(join(data, "osprey.db"), "latin1")).not.toContain(SECRET);
});

test("a variable that is not set now is warned of, and a key is given in one way only", async () => {
  const server = await startModelServer({ models: ["m"] });
  const { osaurus } = user();
  const added = await osaurus(["providers", "add", "mine", "--base-url", server.url, "--api-key-env", "NOT_SET_NOW"]);
  expect([added.code, added.stderr]).toEqual([0, expect.stringContaining("the variable NOT_SET_NOW is not set now")]);
  const both = await osaurus(["providers", "add", "other", "--api-key-stdin", "--api-key-env", "K"]);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("exclude each other")]);
});

test("a model that no list has is named, when a provider without a list cannot be asked for it", async () => {
  const server = await startModelServer({ models: ["m"], key: "k" });
  const { osaurus } = user();
  await osaurus(["providers", "add", "mine", "--base-url", server.url, "--api-key-env", "NOT_SET_NOW"]);
  const { code, stderr } = await osaurus(["chat", "--model", "nosuch", "Hi"]);
  expect([code, stderr]).toEqual([20, expect.stringContaining('no list has the model "nosuch"; "mine"')]);
});

test("a script is a provider, found from the folder that one is in, and labelled as what it is", async () => {
  const { osaurus, data } = user();
  writeFileSync(join(data, "play.json"), '{"turns":[{"text":"Hello"}]}');
  expect((await osaurus(["providers", "add", "demo", "--script", "play.json"])).stderr).toContain("It is scripted");
  expect((await osaurus(["models"])).stdout).toContain("play (scripted)");
  expect((await osaurus(["providers", "test", "demo"])).code).toBe(0);
  writeFileSync(join(data, "bad.json"), '{"turns":[{"text":7}]}');
  const bad = await osaurus(["providers", "add", "bad", "--script", "bad.json", "--json"]);
  expect([bad.code, errorOf(bad).code]).toEqual([20, "script_invalid"]);
  expect(errorOf(bad).message).toContain("turns[0].text");
});

test.each([
  ["no address", ["mine"], "model_provider_invalid", 2],
  ["an address that is none", ["mine", "--base-url", "x"], "model_provider_invalid", 2],
  [
    "a key in the place of a variable",
    ["mine", "--base-url", "http://x", "--api-key-env", SECRET],
    "model_provider_invalid",
    2,
  ],
  [
    "a key on the way through the open",
    ["mine", "--base-url", "http://192.0.2.1", "--api-key-env", "K"],
    "model_provider_invalid",
    2,
  ],
])("%s is refused with a hint", async (_name, args, code, exit) => {
  const result = await user().osaurus(["providers", "add", ...args, "--json"]);
  expect([result.code, errorOf(result)]).toEqual([exit, expect.objectContaining({ code, hint: expect.any(String) })]);
  expect(result.stdout + result.stderr).not.toContain(SECRET);
});

test("escape codes of a server reach no screen", async () => {
  const evil = "\u001b]0;owned\u0007m\u202eodel";
  const server = await startModelServer({
    models: [{ id: "ok", name: evil }, { id: "m\u202eodel" }],
    paths: {
      "/v1/embeddings": (response) => void response.writeHead(400).end(`{"error":{"message":"${evil}\\nerror: x"}}`),
    },
  });
  const { osaurus } = user();
  const results = [
    await osaurus(["providers", "add", "mine", "--base-url", server.url, "--embedding-model", "e"]),
    await osaurus(["models"]),
    await osaurus(["providers", "test", "mine"]),
  ];
  for (const { stdout, stderr } of results) {
    expect(stdout + stderr).not.toMatch(/[\u001b\u0007\u202e]/);
    expect(stdout + stderr).not.toMatch(/^error: x/m);
  }
});

test("without providers, the lists are empty and say what to do", async () => {
  const { osaurus, data } = user();
  const models = await osaurus(["models"]);
  expect([models.code, models.stdout, models.stderr]).toEqual([
    0,
    "",
    expect.stringContaining("osaurus providers add"),
  ]);
  const list = await osaurus(["providers", "list", "--json"]);
  expect([list.code, JSON.parse(list.stdout)]).toEqual([0, []]);
  expect(readdirSync(data)).not.toContain("osprey.db");
});
