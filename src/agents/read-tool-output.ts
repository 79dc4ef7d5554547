// The host's own tool with which a model reads on in a result that was too long for it.

import { HostError } from "../protocol/errors.ts";
import { MODEL_OUTPUT_BYTES_MAX, TOOL_OUTPUT_PAGE_CHARS_MAX } from "../protocol/limits.ts";
import type { OutputOwner, ToolOutputs } from "../store/tool-outputs.ts";
import type { FailureFacts } from "../tools/envelope.ts";
import { done, failed, type OwnTool, readArguments } from "./own-tool.ts";
import type { KeepOutput } from "./result-for-model.ts";
import { escapeHidden } from "./untrusted-text.ts";

/** Room in a page's envelope for what stands around its text. */
const AROUND_BYTES = 1_000;

/** Keeps what is too long; a store that cannot take it costs the model the rest, and not the run. */
export function outputKeeper(
  outputs: () => Promise<ToolOutputs | undefined>,
  owner: OutputOwner,
  toolName: () => string,
): KeepOutput {
  return async (tool, text) => {
    const id = await outputs()
      .then((store) => store?.keep(owner, tool, text))
      .catch((error: unknown) => {
        if (error instanceof HostError) return undefined;
        throw error;
      });
    return id === undefined ? undefined : `${toolName()} with id "${id}" reads on, from any offset.`;
  };
}

/** The tool, for what was kept of this agent in this session. */
export function readToolOutput(
  name: string,
  outputs: () => Promise<ToolOutputs | undefined>,
  owner: OutputOwner,
): OwnTool {
  return {
    definition: {
      name,
      description:
        "Reads a part of a tool result that was too long to be given whole. Takes the id that stood behind the result.",
      parameters: {
        type: "object",
        properties: {
          id: { type: "string", description: "The id that was given with the shortened result." },
          offset: { type: "integer", minimum: 0, description: "The first character wanted; 0 is the beginning." },
          limit: {
            type: "integer",
            minimum: 1,
            maximum: TOOL_OUTPUT_PAGE_CHARS_MAX,
            description: `How many characters; at most, and without it, ${TOOL_OUTPUT_PAGE_CHARS_MAX}.`,
          },
        },
        required: ["id"],
        additionalProperties: false,
      },
    },
    async run(input) {
      const wish = wishOf(input);
      if ("message" in wish) return failed(name, wish);
      const kept = await (await outputs())?.find(wish.id, owner);
      if (kept === undefined) {
        const message = "nothing is kept under that id: it is none of this conversation's, or it is too old";
        return failed(name, { kind: "invalid_args", message, field: "id" });
      }
      if (wish.offset > kept.content.length) {
        const message = `the result has ${kept.content.length} characters`;
        return failed(name, { kind: "invalid_args", message, field: "offset" });
      }
      const content = pageOf(kept.content, wish.offset, wish.limit);
      const next = wish.offset + content.length;
      return done(name, {
        id: kept.id,
        tool: kept.tool,
        offset: wish.offset,
        next_offset: next < kept.content.length ? next : null,
        total_chars: kept.content.length,
        content,
      });
    },
  };
}

/**
 * A part of the text: so many characters at most, fewer where they would take too many bytes, and never half of one. At
 * least one character, so that whoever reads on gets to the end.
 */
export function pageOf(text: string, offset: number, charsMax: number): string {
  // In the middle of a pair, the half that is asked for is given: it was asked for by somebody who counts so.
  let page = withoutHalf(text.slice(offset, offset + charsMax));
  for (;;) {
    const bytes = Buffer.byteLength(escapeHidden(JSON.stringify(page)));
    const room = MODEL_OUTPUT_BYTES_MAX - AROUND_BYTES;
    if (bytes <= room || page.length <= 1) return page;
    page = withoutHalf(page.slice(0, Math.max(1, Math.floor((page.length * room) / bytes) - 1)));
  }
}

function withoutHalf(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return text.length > 1 && last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}

interface Wish {
  readonly id: string;
  readonly offset: number;
  readonly limit: number;
}

function wishOf(input: string): Wish | FailureFacts {
  const given = readArguments(input);
  if (given === undefined) return { kind: "invalid_args", message: "the arguments have to be a JSON object" };
  const { id, offset = 0, limit = TOOL_OUTPUT_PAGE_CHARS_MAX } = given;
  if (typeof id !== "string") return { kind: "invalid_args", message: '"id" has to be a text', field: "id" };
  if (!isCount(offset, 0)) {
    return { kind: "invalid_args", message: '"offset" has to be a whole number from 0 on', field: "offset" };
  }
  if (!isCount(limit, 1) || limit > TOOL_OUTPUT_PAGE_CHARS_MAX) {
    const message = `"limit" has to be a whole number from 1 to ${TOOL_OUTPUT_PAGE_CHARS_MAX}`;
    return { kind: "invalid_args", message, field: "limit" };
  }
  return { id, offset, limit };
}

function isCount(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min;
}
