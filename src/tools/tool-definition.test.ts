import { expect, test } from "vitest";
import { TOOL_DEFINITION_CHARS_MAX } from "../protocol/limits.ts";
import { type DefinitionParts, definedTool, definitionText } from "./tool-definition.ts";

const PARTS: DefinitionParts = {
  name: "say",
  description: "Says a word.\nparameters:\n{}",
  parameters: { type: "object", properties: { word: { type: "string" }, "2": {}, "1": { enum: ["b", "a"] } } },
  annotations: { readOnlyHint: true },
  requirements: ["network", "disk", "network"],
  policy: "auto",
};

const hashOf = (change: Partial<DefinitionParts> = {}) => definitionText({ ...PARTS, ...change }).hash;

test("the text has a line for each thing, and nothing of a plugin's looks like a heading", () => {
  expect(definitionText(PARTS).text.split("\n")).toEqual([
    "name: say",
    "policy: auto",
    "requirements: disk, network",
    "readOnlyHint: true",
    "description:",
    "  Says a word.",
    "  parameters:",
    "  {}",
    "parameters:",
    ...'  {|    "properties": {|      "1": {|        "enum": [|          "b",|          "a"|        ]|      },'.split(
      "|",
    ),
    ...'      "2": {},|      "word": {|        "type": "string"|      }|    },|    "type": "object"|  }'.split("|"),
  ]);
  expect(definitionText({ ...PARTS, parameters: undefined, requirements: [] }).text).toContain(
    "requirements: none\nreadOnlyHint: true",
  );
});

test("every part counts, and the order of members and requirements does not", () => {
  const schema = PARTS.parameters!;
  const others = [
    { name: "Say" },
    { description: "Says a word.\nparameters:\n{} " },
    { description: `${PARTS.description}\u200b` },
    { parameters: undefined },
    { parameters: {} },
    { parameters: { ...schema, required: ["word"] } },
    { parameters: { ...schema, properties: { word: { type: "string" }, "2": {}, "1": { enum: ["a", "b"] } } } },
    { parameters: JSON.parse('{"type":"object","properties":{"__proto__":{}}}') },
    { annotations: {} },
    { annotations: { readOnlyHint: false } },
    { requirements: ["network"] },
    { policy: "ask" as const },
  ];
  const hashes = others.map((other) => hashOf(other));
  expect(new Set([hashOf(), ...hashes]).size).toBe(others.length + 1);
  const turned = { properties: { "1": { enum: ["b", "a"] }, word: { type: "string" }, "2": {} }, type: "object" };
  expect(hashOf({ parameters: turned, requirements: ["disk", "network"] })).toBe(hashOf());
});

test("a text is kept up to its limit, and one character beyond it is cut and says so, but counts in the hash", () => {
  const empty = definitionText({ ...PARTS, description: "" }).text.length;
  const fits = "x".repeat(TOOL_DEFINITION_CHARS_MAX - empty);
  expect(definitionText({ ...PARTS, description: fits }).text).toHaveLength(TOOL_DEFINITION_CHARS_MAX);
  expect(definitionText({ ...PARTS, description: `${fits}x` }).text).toMatch(
    new RegExp(`\\n… \\(cut: ${TOOL_DEFINITION_CHARS_MAX + 1} characters in all\\)$`),
  );
  const long = "x".repeat(TOOL_DEFINITION_CHARS_MAX * 2);
  expect(hashOf({ description: `${long}a` })).not.toBe(hashOf({ description: `${long}b` }));
});

test("a definition is worked out once, when it is needed", () => {
  let asked = 0;
  const tool = definedTool({ pluginId: "p", toolId: "say" }, () => {
    asked++;
    return PARTS;
  });
  expect(asked).toBe(0);
  expect(tool.definition()).toBe(tool.definition());
  expect(asked).toBe(1);
});
