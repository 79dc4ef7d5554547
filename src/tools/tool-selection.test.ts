import { expect, test } from "vitest";
import type { ToolSelection } from "../protocol/agent.ts";
import { isPluginSelected, selectTools } from "./tool-selection.ts";

const tool = (pluginId: string, toolId: string, name = toolId, grantsId = pluginId) => ({
  name,
  pluginId,
  toolId,
  grantsId,
});
const tools = [
  tool("a", "read"),
  tool("a", "write", "a__write"),
  tool("b", "write", "b__write"),
  tool("c", "c list", "c_list", "process:c"),
];

function selected(mode: "only" | "except", ...names: string[]): string[] {
  return selectTools(tools, { mode, names }).map(({ name }) => name);
}

test("an agent that selects nothing has all tools", () => {
  expect(selectTools(tools, { mode: "all" } satisfies ToolSelection)).toBe(tools);
});

test.each([
  ["PLUGIN/TOOL", "a/write", ["a__write"]],
  ["PLUGIN/*", "a/*", ["read", "a__write"]],
  ["a tool's own id", "read", ["read"]],
  ["the name that models use", "b__write", ["b__write"]],
  ["a command of a process plugin by its words", "c list", ["c_list"]],
  ["a command by its plugin", "c/c list", ["c_list"]],
  ["a command by the name that decisions go by", "process:c/*", ["c_list"]],
  ["nothing that is there", "d/*", []],
])("only some, named as %s", (_how, name, expected) => {
  expect(selected("only", name)).toEqual(expected);
});

test("all but some", () => {
  expect(selected("except", "a/*")).toEqual(["b__write", "c_list"]);
  expect(selected("except", "c_list", "read")).toEqual(["a__write", "b__write"]);
});

test("an id that two plugins have brings neither in, and keeps both out", () => {
  expect(selected("only", "write")).toEqual([]);
  expect(selected("except", "write")).toEqual(["read", "c_list"]);
});

test("an agent with an empty selection has no tools", () => {
  expect(selected("only")).toEqual([]);
});

test.each([
  [{ mode: "all" }, true],
  [{ mode: "only", names: ["a/*"] }, true],
  [{ mode: "only", names: ["a/read"] }, true],
  [{ mode: "only", names: ["a/other", "b/read"] }, false],
  // Any plugin could call its tool so.
  [{ mode: "only", names: ["read"] }, false],
  [{ mode: "only", names: [] }, false],
  [{ mode: "except", names: [] }, true],
  [{ mode: "except", names: ["a/*"] }, false],
  [{ mode: "except", names: ["a/read"] }, true],
  [{ mode: "except", names: ["a/read", "write"] }, false],
  [{ mode: "except", names: ["b/*", "a/reader"] }, true],
] as const)("a plugin is there for an agent that selects %j: %j", (selection, expected) => {
  expect(isPluginSelected(selection, "a", ["read", "write"])).toBe(expected);
});

test("a plugin without tools is selected by all of it", () => {
  expect(isPluginSelected({ mode: "except", names: ["b/*"] }, "a", [])).toBe(true);
  expect(isPluginSelected({ mode: "except", names: ["a/*"] }, "a", [])).toBe(false);
  expect(isPluginSelected({ mode: "only", names: ["a/*"] }, "a", [])).toBe(true);
  expect(isPluginSelected({ mode: "only", names: ["b/*"] }, "a", [])).toBe(false);
});
