import { expect, test } from "vitest";
import {
  AGENT_NAME_CHARS_MAX,
  AGENT_TEMPERATURE_MAX,
  MODEL_NAME_CHARS_MAX,
  PLUGIN_ID_CHARS_MAX,
  SYSTEM_PROMPT_CHARS_MAX,
  TOOL_ID_CHARS_MAX,
  TOOL_SELECTION_NAMES_MAX,
} from "../protocol/limits.ts";
import { DEFAULT_AGENT } from "../store/agent-rows.ts";
import type { AgentChange } from "./agents-host.ts";
import { changedAgent } from "./check-agent.ts";

const AGENT = { ...DEFAULT_AGENT, id: "A", name: "a", isDefault: false };
const changed = (change: AgentChange) => changedAgent(AGENT, change);
const refused = expect.objectContaining({ code: "agent_invalid" });

test.each(["a", "Ann's helper, no. 2", "käse \u{1f9c0}", "小助手", "agent.7_b", "defaults"])("%j is a name", (name) => {
  expect(changed({ name }).name).toBe(name);
});

test("a name is kept without spaces around it, in one form of several that look the same", () => {
  expect(changed({ name: "  e\u0301 " }).name).toBe("\u00e9");
});

test.each([
  ["nothing", ""],
  ["spaces", "  "],
  ["what stands for an agent in the name of a model", "agent:x"],
  ["what would be a path", "a/b"],
  ["what would be an option", "-x"],
  ["what would be an id", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"],
  ["the default agent's name", "Default"],
  ["a line break", "a\nb"],
  ["an order to the terminal", "a\u001b[2Jb"],
  ["what turns the writing direction", "a\u202eb"],
  ["what does not show", "a\u200bb"],
  ["what does not show and is no format character", "a\u3164b"],
  ["what looks like a space", "a\u00a0b"],
  ["half a character", "a\ud800b"],
  ["what stands for a character that could not be read", "a\ufffdb"],
])("%s cannot be a name", (_, name) => {
  expect(() => changed({ name })).toThrow(refused);
});

test.each<[string, number, (size: number) => AgentChange]>([
  ["a name's characters", AGENT_NAME_CHARS_MAX, (size) => ({ name: "n".repeat(size) })],
  ["a prompt's characters", SYSTEM_PROMPT_CHARS_MAX, (size) => ({ systemPrompt: "p".repeat(size) })],
  ["the characters of a model's name", MODEL_NAME_CHARS_MAX, (size) => ({ model: "m".repeat(size) })],
  ["names of tools", TOOL_SELECTION_NAMES_MAX, (size) => tools(Array.from({ length: size }, (_, at) => `p/t${at}`))],
  ["a plugin's characters", PLUGIN_ID_CHARS_MAX, (size) => tools([`${"p".repeat(size)}/t`])],
  ["a tool's characters", TOOL_ID_CHARS_MAX, (size) => tools([`p/${"t".repeat(size)}`])],
  ["the temperature", AGENT_TEMPERATURE_MAX, (temperature) => ({ temperature })],
])("%s: %d are taken, one more is not", (_, max, changeOf) => {
  expect(changed(changeOf(max))).toMatchObject({ ...changeOf(max) });
  expect(() => changed(changeOf(max + 1))).toThrow(refused);
});

test.each<AgentChange>([
  { temperature: -0.1 },
  { temperature: Number.NaN },
  { temperature: Number.POSITIVE_INFINITY },
  { maxTokens: 0 },
  { maxTokens: 1.5 },
  { maxTokens: Number.MAX_SAFE_INTEGER + 1 },
  { model: "a\nb" },
])("%j is refused", (change) => {
  expect(() => changed(change)).toThrow(refused);
});

test.each(["t", "/t", "p/", " p /t ", "p/ t", "p/t\nx", "", "*"])("%j names no tool", (name) => {
  expect(() => changed(tools([name]))).toThrow(refused);
});

test.each(["p/t", "p/*", "my.plugin/host list", "library:p/t", "p/a/b"])("%j names a tool", (name) => {
  expect(changed(tools([name])).tools).toEqual({ mode: "only", names: [name] });
});

test("no names at all are a selection too: nothing, or no exception", () => {
  expect(changed({ tools: { mode: "only", names: [] } }).tools).toEqual({ mode: "only", names: [] });
  expect(changed({ tools: { mode: "except", names: [] } }).tools).toEqual({ mode: "except", names: [] });
});

test("an empty model, and one that is null, are the host's default", () => {
  expect(changedAgent({ ...AGENT, model: "m" }, { model: " " }).model).toBeNull();
  expect(changedAgent({ ...AGENT, model: "m" }, { model: null }).model).toBeNull();
});

function tools(names: readonly string[]): AgentChange {
  return { tools: { mode: "only", names } };
}
