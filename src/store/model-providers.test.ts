import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { MODEL_PROVIDERS_MAX } from "../protocol/limits.ts";
import { controlDb } from "./control-db.ts";
import { ModelProviders } from "./model-providers.ts";

function opened(folder = tempDir()) {
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  return { db, providers: new ModelProviders(db) };
}

const provider = (name: string) => ({
  name,
  kind: "openai" as const,
  baseUrl: "http://x/v1",
  script: null,
  apiKeyEnv: "KEY",
  hasKey: false,
  model: "m",
  embeddingModel: null,
  isPreferred: false,
});

test("what was added is there for other processes, in the order in which it was added", async () => {
  const folder = tempDir();
  const { providers } = opened(folder);
  for (const name of ["b", "a", "c"]) await providers.add({ ...provider(name), hasKey: name === "a" });
  const list = await opened(folder).providers.list();
  expect(list.map(({ name, hasKey }) => [name, hasKey])).toEqual([
    ["b", false],
    ["a", true],
    ["c", false],
  ]);
  expect(list[0]).toEqual({ ...provider("b"), createdAt: expect.stringMatching(/^\d{4}-.*Z$/) });
});

test("the one that is preferred comes first, and only the last that was", async () => {
  const { providers } = opened();
  await providers.add(provider("a"));
  await providers.add({ ...provider("b"), isPreferred: true });
  await providers.add({ ...provider("c"), isPreferred: true });
  await providers.add(provider("d"));
  expect((await providers.list()).map(({ name }) => name)).toEqual(["c", "a", "b", "d"]);
});

test("one that is there may be preferred later, and then the one before is not any more", async () => {
  const { providers } = opened();
  for (const name of ["a", "b"]) await providers.add({ ...provider(name), isPreferred: name === "a" });
  expect(await providers.prefer("B")).toMatchObject({ name: "b", isPreferred: true });
  expect((await providers.list()).map(({ name, isPreferred }) => [name, isPreferred])).toEqual([
    ["b", true],
    ["a", false],
  ]);
  expect(await providers.prefer("c")).toBeUndefined();
});

test("names are told apart without regard to the case of letters", async () => {
  const { providers } = opened();
  await providers.add(provider("One"));
  await expect(providers.add(provider("oNE"))).rejects.toMatchObject({ code: "model_provider_exists" });
  expect((await providers.remove("ONE"))?.name).toBe("One");
  expect(await providers.remove("One")).toBeUndefined();
  expect(await providers.list()).toEqual([]);
});

test("there are as many as there may be, and no more", async () => {
  const { providers } = opened();
  for (let at = 0; at < MODEL_PROVIDERS_MAX; at++) await providers.add(provider(`p${at}`));
  await expect(providers.add(provider("more"))).rejects.toMatchObject({ code: "model_provider_invalid" });
  expect(await providers.list()).toHaveLength(MODEL_PROVIDERS_MAX);
});

test("looking and removing make no database", async () => {
  const { db, providers } = opened();
  expect([await providers.list(), await providers.remove("x")]).toEqual([[], undefined]);
  expect(existsSync(db.path)).toBe(false);
});
