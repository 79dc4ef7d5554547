// What the requests of both ways to talk to a model have in common: checked parts, and how a wrong one is refused.

import * as z from "zod/mini";
import type { ContentPart, ToolDefinition } from "../../protocol/inference.ts";
import { lengthCheck } from "../../protocol/length-check.ts";
import { CONTENT_PARTS_MAX, MODEL_NAME_CHARS_MAX, REQUEST_STOPS_MAX } from "../../protocol/limits.ts";
import { anyObject, members, shortText } from "../../protocol/manifest-shape.ts";
import { parseWith } from "../../protocol/parse-with.ts";
import { HttpError } from "../http-error.ts";

const AGENT_PREFIX = "agent:";
const CALL_ID_CHARS_MAX = 1_000;
const STOP_CHARS_MAX = 1_000;

/** The value as the schema makes it; otherwise a refusal that names the member. */
export function parseRequest<T extends z.core.$ZodType>(
  schema: { safeParse(input: unknown): z.core.util.SafeParseResult<z.core.output<T>> } & T,
  body: unknown,
): z.core.output<T> {
  const parsed = parseWith(schema, body);
  if ("data" in parsed) return parsed.data;
  const { problem } = parsed;
  const path = /^([^:]{1,200}): /.exec(problem)?.[1];
  throw invalid(path === "the document" ? undefined : path, problem);
}

export function invalid(param: string | undefined, message: string): HttpError {
  return new HttpError("request_invalid", message, { param });
}

/** Refuses what a request asks for and nobody here can do; leaving it out would be another answer than the one wanted. */
export function refuseUnsupported(body: unknown, members: Readonly<Record<string, (value: unknown) => boolean>>): void {
  if (typeof body !== "object" || body === null) return;
  for (const [name, isFine] of Object.entries(members)) {
    const value = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined;
    if (value !== undefined && value !== null && !isFine(value)) {
      throw invalid(name, `${name}: this value is not supported here`);
    }
  }
}

interface TextOrList {
  /** What the list is of. */
  readonly of: string;
  readonly countMax: number;
  /** What is wrong with a text that stands alone. */
  problemOfText?(text: string): string | undefined;
}

/** A text, or a list of things none of which has a problem; a wrong one is named by its place. */
export function textOrList<T>(
  { of, countMax, problemOfText = () => undefined }: TextOrList,
  problemOf: (item: unknown) => string | undefined,
) {
  return z.custom<string | readonly T[]>().check(
    z.check(({ value, issues }) => {
      const add = (message: string, path: number[] = []) =>
        issues.push({ code: "custom", message, path, input: value, continue: false });
      if (typeof value === "string") {
        const problem = problemOfText(value);
        return problem === undefined ? undefined : void add(problem);
      }
      if (value === undefined) return void add("is missing");
      if (!Array.isArray(value)) return void add(`must be text or a list of ${of}`);
      if (value.length > countMax) return void add(`must have at most ${countMax} entries`);
      for (const [index, item] of (value as readonly unknown[]).entries()) {
        const problem = problemOf(item);
        if (problem !== undefined) return void add(problem, [index]);
      }
    }),
  );
}

/** The same for texts, each as short as that. */
export function textOrTexts(countMax: number, problemOfText: (text: string) => string | undefined) {
  return textOrList<string>({ of: "texts", countMax, problemOfText }, (item) =>
    typeof item === "string" ? problemOfText(item) : "must be text",
  );
}

/** The same for the parts of a message. */
export function textOrParts<T extends object>(problemOf: (part: unknown) => string | undefined) {
  return textOrList<T>({ of: "parts", countMax: CONTENT_PARTS_MAX }, problemOf);
}

/** Texts are looked at; other parts are for the model's server to know. */
export const content = textOrParts<ContentPart>((part) => {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return "must be an object";
  const { type, text } = part as Record<string, unknown>;
  if (typeof type !== "string") return "must have a type";
  return type === "text" && typeof text !== "string" ? "must have a text" : undefined;
});

export const modelName = shortText(MODEL_NAME_CHARS_MAX);
export const callId = z.string().check(lengthCheck({ min: 1, max: CALL_ID_CHARS_MAX }));
/** What a model may be told of as the name of a tool. */
export const toolName = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_.-]{1,128}$/, "must be 1 to 128 letters, digits, _, . or -"));
/** A number of things that are asked for. */
export const atLeastOne = z.int().check(z.minimum(1));
export const stop = textOrTexts(REQUEST_STOPS_MAX, (text) =>
  text.length > STOP_CHARS_MAX ? `must be at most ${STOP_CHARS_MAX} characters long` : undefined,
);
export const toolChoice = z.union([z.enum(["none", "auto", "required"]), anyObject]);

export const functionTool = members({
  name: toolName,
  description: z.optional(z.string()),
  parameters: z.optional(anyObject),
});

export function toolDefinition({ name, description, parameters }: z.infer<typeof functionTool>): ToolDefinition {
  return { name, description: description ?? "", parameters: parameters ?? { type: "object", properties: {} } };
}

/** Two tools of one name could not be told apart when one is called. */
export function requireDifferentNames(tools: readonly ToolDefinition[]): void {
  const names = new Set<string>();
  for (const { name } of tools) {
    if (names.has(name)) throw invalid("tools", `tools: there are two of the name "${name}"`);
    names.add(name);
  }
}

export interface NamedModel {
  /** Undefined: the agent's, or the host's default. */
  readonly model: string | undefined;
  /** Set when the model of the request names an agent. */
  readonly agentName: string | undefined;
}

/** What the model of a request names: a model, or `agent:NAME`. */
export function namedModel(model: string | undefined): NamedModel {
  if (model === undefined || model === "") return { model: undefined, agentName: undefined };
  if (!model.startsWith(AGENT_PREFIX)) return { model, agentName: undefined };
  const agentName = model.slice(AGENT_PREFIX.length);
  if (agentName.trim() === "") throw invalid("model", "model: no agent is named");
  return { model: undefined, agentName };
}

export function modelOfAgent(name: string): string {
  return `${AGENT_PREFIX}${name}`;
}
