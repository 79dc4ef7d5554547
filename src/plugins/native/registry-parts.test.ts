import { expect, test } from "vitest";
import { REGISTRY_ENTRIES_MAX } from "../../protocol/limits.ts";
import type { Registry } from "./registries.ts";
import { checkIds } from "./registry-parts.ts";

const registry: Registry = { name: "mine", location: "/mine", kind: "folder" };

test("ids are sorted, each stands there once, and what is no id is left out", () => {
  const ids = ["b.plugin", "a.plugin", "b.plugin", "../x", "", ".hidden", "a/b", "index", "a b", "x".repeat(201)];
  expect(checkIds(registry, ids)).toEqual(["a.plugin", "b.plugin"]);
});

test("a registry may have as many plugins as the limit, and not one more", () => {
  const ids = Array.from({ length: REGISTRY_ENTRIES_MAX }, (_, at) => `p${at}`);
  expect(checkIds(registry, ids)).toHaveLength(REGISTRY_ENTRIES_MAX);
  expect(() => checkIds(registry, [...ids, "more"])).toThrow(expect.objectContaining({ code: "registry_invalid" }));
});
