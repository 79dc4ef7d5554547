// The tools that a plugin offers to a model beside its request, as OpenAI-compatible requests spell them.

import type { ToolDefinition } from "../protocol/inference.ts";
import { INFERENCE_REQUEST_BYTES_MAX, INFERENCE_TOOLS_MAX } from "../protocol/limits.ts";
import { isObject, memberOf, RequestProblem, textOf } from "./request-members.ts";

/** What a tool without parameters takes. */
const NO_PARAMETERS = { type: "object", properties: {} };

/** Throws `RequestProblem`, which says which tool it is, counted from 0. */
export function parseToolDefinitions(tools: readonly unknown[]): ToolDefinition[] {
  if (tools.length > INFERENCE_TOOLS_MAX) throw new RequestProblem(`tools has more than ${INFERENCE_TOOLS_MAX} tools`);
  return tools.map((tool, index) => toolOf(tool, `tools[${index}]`));
}

function toolOf(value: unknown, at: string): ToolDefinition {
  if (!isObject(value)) throw new RequestProblem(`${at} is no object`);
  const type = memberOf(value, "type");
  if (type !== undefined && type !== "function") throw new RequestProblem(`${at}.type is not "function"`);
  const told = memberOf(value, "function");
  if (!isObject(told)) throw new RequestProblem(`${at}.function is no object`);
  const name = textOf(memberOf(told, "name"), `${at}.function.name`, INFERENCE_REQUEST_BYTES_MAX);
  if (!name) throw new RequestProblem(`${at}.function.name is missing`);
  const description = memberOf(told, "description");
  const parameters = memberOf(told, "parameters") ?? NO_PARAMETERS;
  if (!isObject(parameters)) throw new RequestProblem(`${at}.function.parameters is no object`);
  return {
    name,
    description: textOf(description, `${at}.function.description`, INFERENCE_REQUEST_BYTES_MAX) ?? "",
    parameters,
  };
}
