import { expect, test } from "vitest";
import { MANIFEST_BYTES_MAX, TOOL_ID_CHARS_MAX } from "./limits.ts";
import { type ManifestTool, parseManifest, permissionPolicy } from "./manifest.ts";

const tool = { id: "greet", description: "Greets." };
const manifest = (capabilities: unknown, more: object = {}) =>
  JSON.stringify({ plugin_id: "dev.example.p", capabilities, ...more });

test("what the host does not know is ignored, at every level", () => {
  const text = manifest({ tools: [{ ...tool, widget: 1 }], novelty: [] }, { future: true });
  expect(parseManifest(text, "p")).toEqual({ plugin_id: "dev.example.p", capabilities: { tools: [tool] } });
});

test("capabilities may be empty", () => {
  expect(parseManifest(manifest({}), "p").capabilities).toEqual({});
});

test.each([
  ["not JSON", '{"plugin_id":', /not JSON/],
  ["no object", "[]", /the document: must be an object/],
  ["no id", JSON.stringify({ capabilities: {} }), /plugin_id: is missing/],
  ["an empty id", JSON.stringify({ plugin_id: "  ", capabilities: {} }), /plugin_id: must be at least 1/],
  ["no capabilities", JSON.stringify({ plugin_id: "p" }), /capabilities: is missing/],
  [
    "a tool without a description",
    manifest({ tools: [{ id: "a" }] }),
    /capabilities\.tools\[0\]\.description: is missing/,
  ],
  ["a tool with an empty id", manifest({ tools: [{ ...tool, id: "" }] }), /capabilities\.tools\[0\]\.id/],
  ["a tool id twice", manifest({ tools: [tool, tool] }), /the id "greet" stands there twice/],
  ["a wrong type", manifest({ tools: [{ ...tool, requirements: "x" }] }), /tools\[0\]\.requirements: must be a list/],
])("a manifest with %s is refused, with the place of the mistake", (_name, text, message) => {
  expect(() => parseManifest(text, "p")).toThrow(message);
  expect(() => parseManifest(text, "p")).toThrow(/^Failed to parse plugin manifest of "p"/);
});

test("a member that calls itself length is no text", () => {
  const length = { valueOf: 1, toString: 1 };
  const text = JSON.stringify({
    plugin_id: { length },
    capabilities: { tools: [{ id: { length }, description: "" }] },
  });
  expect(() => parseManifest(text, "p")).toThrow(/plugin_id: must be text/);
});

test("a tool id may be as long as the limit and no longer", () => {
  const withId = (length: number) => manifest({ tools: [{ ...tool, id: "x".repeat(length) }] });
  expect(parseManifest(withId(TOOL_ID_CHARS_MAX), "p").capabilities.tools).toHaveLength(1);
  expect(() => parseManifest(withId(TOOL_ID_CHARS_MAX + 1), "p")).toThrow(/tools\[0\]\.id/);
});

test("a manifest may be as large as the limit and no larger", () => {
  const frame = manifest({}, { description: "" });
  const filled = (bytes: number) => manifest({}, { description: "x".repeat(bytes - frame.length) });
  expect(parseManifest(filled(MANIFEST_BYTES_MAX), "p").plugin_id).toBe("dev.example.p");
  expect(() => parseManifest(filled(MANIFEST_BYTES_MAX + 1), "p")).toThrow(/larger than/);
});

test.each([
  [undefined, "ask"],
  ["auto", "auto"],
  ["AUTO", "auto"],
  ["deny", "deny"],
  ["ask", "ask"],
  ["prompt", "ask"],
  ["anything", "ask"],
])("the permission policy %s means %s", (policy, meaning) => {
  const given: ManifestTool = policy === undefined ? tool : { ...tool, permission_policy: policy };
  expect(permissionPolicy(given)).toBe(meaning);
});
