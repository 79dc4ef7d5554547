// What an agent may be: checks what somebody wants of one, and brings it into the form in which it is kept.

import type { ToolSelection } from "../protocol/agent.ts";
import { DEFAULT_AGENT_NAME, isUuid } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import {
  AGENT_NAME_CHARS_MAX,
  AGENT_TEMPERATURE_MAX,
  MODEL_NAME_CHARS_MAX,
  PLUGIN_ID_CHARS_MAX,
  SYSTEM_PROMPT_CHARS_MAX,
  TOOL_ID_CHARS_MAX,
  TOOL_SELECTION_NAMES_MAX,
} from "../protocol/limits.ts";
import { foldedName, type KeptAgent } from "../store/agent-rows.ts";
import type { AgentChange } from "./agents-host.ts";

/** Characters that do not show, that look like a plain space, or that stand for any other; names with them could not be told apart. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufffd]|(?! )\p{Zs}/u;
const CONTROL = /\p{Cc}/u;

/** The agent with the change made. Throws `agent_invalid`. */
export function changedAgent(agent: KeptAgent, change: AgentChange): KeptAgent {
  const { name, systemPrompt, model, temperature, maxTokens, tools } = change;
  return {
    ...agent,
    ...(name === undefined ? {} : { name: checkName(name, agent) }),
    ...(systemPrompt === undefined ? {} : { systemPrompt: checkPrompt(systemPrompt) }),
    ...(model === undefined ? {} : { model: checkModel(model) }),
    ...(temperature === undefined ? {} : { temperature: checkTemperature(temperature) }),
    ...(maxTokens === undefined ? {} : { maxTokens: checkMaxTokens(maxTokens) }),
    ...(tools === undefined ? {} : { tools: checkTools(tools) }),
  };
}

/** Agents are named in `model: "agent:<name>"`, in paths and where an id could stand: none of these may get ambiguous. */
function checkName(typed: string, { isDefault, name: before }: KeptAgent): string {
  const name = typed.normalize("NFC").trim();
  if (isDefault) {
    if (foldedName(name) === DEFAULT_AGENT_NAME) return before;
    throw invalid("the default agent keeps its name", "make another agent with that name");
  }
  if (name === "") throw invalid("an agent needs a name");
  requireLength("an agent's name", name, AGENT_NAME_CHARS_MAX);
  if (UNSEEN.test(name))
    throw invalid("an agent's name has no control characters and no characters that do not show, nor U+FFFD");
  if (/[:/]/.test(name)) throw invalid('an agent\'s name has no ":" and no "/"');
  if (name.startsWith("-")) throw invalid('an agent\'s name does not begin with "-"');
  if (isUuid(name)) throw invalid("an agent's name is no UUID: that would be taken for an id");
  if (foldedName(name) === DEFAULT_AGENT_NAME) throw invalid(`the name "${name}" is the default agent's`);
  return name;
}

function checkPrompt(prompt: string): string {
  requireLength("a system prompt", prompt, SYSTEM_PROMPT_CHARS_MAX);
  return prompt.toWellFormed();
}

function checkModel(typed: string | null): string | null {
  const model = typed?.trim() ?? "";
  if (model === "") return null;
  requireLength("a model's name", model, MODEL_NAME_CHARS_MAX);
  if (CONTROL.test(model) || !model.isWellFormed()) throw invalid("a model's name has no control characters");
  return model;
}

function checkTemperature(temperature: number | null): number | null {
  if (temperature === null || (temperature >= 0 && temperature <= AGENT_TEMPERATURE_MAX)) return temperature;
  throw invalid(`a temperature is a number from 0 to ${AGENT_TEMPERATURE_MAX}`);
}

function checkMaxTokens(maxTokens: number | null): number | null {
  if (maxTokens === null || (Number.isSafeInteger(maxTokens) && maxTokens > 0)) return maxTokens;
  throw invalid("the most tokens of an answer are a whole number from 1");
}

function checkTools(selection: ToolSelection): ToolSelection {
  if (selection.mode === "all") return { mode: "all" };
  const names = [...new Set(selection.names.map(checkToolName))];
  if (names.length <= TOOL_SELECTION_NAMES_MAX) return { mode: selection.mode, names };
  throw invalid(`an agent's tools are named with at most ${TOOL_SELECTION_NAMES_MAX} names`);
}

/** Whether there is such a tool is not asked: its plugin may be installed later, or be broken just now. */
function checkToolName(typed: string): string {
  const name = typed.trim();
  const slash = name.indexOf("/");
  const [plugin, tool] = [name.slice(0, slash), name.slice(slash + 1)];
  const isName = slash > 0 && tool !== "" && plugin.trim() === plugin && tool.trim() === tool && !CONTROL.test(name);
  const isShort = plugin.length <= PLUGIN_ID_CHARS_MAX && tool.length <= TOOL_ID_CHARS_MAX;
  if (isName && isShort && name.isWellFormed()) return name;
  throw invalid(
    `"${name.slice(0, TOOL_ID_CHARS_MAX)}" is no name of a tool`,
    "name it PLUGIN/TOOL, or all of a plugin PLUGIN/*",
  );
}

function requireLength(what: string, text: string, charsMax: number): void {
  if (text.length <= charsMax) return;
  throw new HostError("agent_invalid", `${what} has at most ${charsMax} characters`, {
    details: { chars: text.length, chars_max: charsMax },
  });
}

function invalid(message: string, hint?: string): HostError {
  return new HostError("agent_invalid", message, hint === undefined ? {} : { hint });
}
