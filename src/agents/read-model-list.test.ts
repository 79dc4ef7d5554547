import { expect, test } from "vitest";
import {
  MODEL_CAPABILITIES_MAX,
  MODEL_CAPABILITY_CHARS_MAX,
  MODEL_NAME_CHARS_MAX,
  MODELS_LISTED_MAX,
} from "../protocol/limits.ts";
import { isModelName, readModelList } from "./read-model-list.ts";

const capabilitiesOf = (capabilities: unknown) => readModelList({ data: [{ id: "m", capabilities }] })[0]!.capabilities;

test("as many models are listed as may be, and no more", () => {
  const ids = (size: number) => Array.from({ length: size }, (_, at) => ({ id: `m${at}` }));
  expect(readModelList(ids(MODELS_LISTED_MAX))).toHaveLength(MODELS_LISTED_MAX);
  expect(readModelList(ids(MODELS_LISTED_MAX + 1))).toHaveLength(MODELS_LISTED_MAX);
});

test("so much of what a model can do is listed, and no more", () => {
  const names = Array.from({ length: MODEL_CAPABILITIES_MAX + 1 }, (_, at) => `c${at}`);
  expect(capabilitiesOf(names)).toEqual(["chat", ...names.slice(0, MODEL_CAPABILITIES_MAX)]);
  const name = "c".repeat(MODEL_CAPABILITY_CHARS_MAX);
  expect(capabilitiesOf([name, `${name}c`, "chat", "a b"])).toEqual(["chat", name]);
  expect(capabilitiesOf("tools")).toEqual(["chat"]);
});

test("a model's name is one line of a bounded length with something to see on it", () => {
  expect(["m", "a b", "a/b:c", "m".repeat(MODEL_NAME_CHARS_MAX)].filter((name) => !isModelName(name))).toEqual([]);
  const others = ["", " ", "a\nb", "a\u0000", "a\u2028b", "m".repeat(MODEL_NAME_CHARS_MAX + 1), 7, null];
  expect(others.filter(isModelName)).toEqual([]);
});
