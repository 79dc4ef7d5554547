// The host's own tool by which a model asks a question before it goes on. Asking ends the run; the answer comes as what a
// user says.

import { TASK_OPTIONS_MAX, TASK_QUESTION_CHARS_MAX } from "../protocol/limits.ts";
import type { Clarification } from "../protocol/task.ts";
import type { FailureFacts } from "../tools/envelope.ts";
import { failed, type OwnTool, readArguments } from "./own-tool.ts";

/** The result of a call that asked something, as it stands in the transcript. */
export const AWAITING_ANSWER = '{"ok":true,"result":{"text":"Awaiting user response."},"tool":"clarify"}';

/** The tool. It is run for calls only that do not end the run: those with wrong arguments, and those after the first. */
export function clarifyTool(name: string): OwnTool {
  return {
    definition: {
      name,
      description: [
        "Asks the user one question and waits for the answer, which comes as the next message.",
        "Only for what you cannot find out or decide yourself.",
      ].join(" "),
      parameters: {
        type: "object",
        properties: {
          question: { type: "string", description: "The question, as the user reads it." },
          options: {
            type: "array",
            items: { type: "string" },
            maxItems: TASK_OPTIONS_MAX,
            description: "Answers to choose from. Leave it out where any answer does.",
          },
          allow_multiple: { type: "boolean", description: "Whether several of the options may be chosen." },
        },
        required: ["question"],
        additionalProperties: false,
      },
    },
    async run(input) {
      const question = questionIn(input);
      if ("kind" in question) return failed(name, question);
      const message = "one question at a time: this one was not asked";
      return failed(name, { kind: "rejected", message, retryable: true });
    },
  };
}

/** The question that a call asks, or what is wrong with it. Options that are blank, or there already, are left out. */
export function questionIn(input: string): Clarification | FailureFacts {
  const given = readArguments(input);
  if (given === undefined) return { kind: "invalid_args", message: "the arguments have to be a JSON object" };
  const { question, options = null, allow_multiple = null } = given;
  if (typeof question !== "string" || question.trim() === "") {
    return { kind: "invalid_args", message: '"question" has to be a text that says something', field: "question" };
  }
  if (question.length > TASK_QUESTION_CHARS_MAX) {
    const message = `"question" may have ${TASK_QUESTION_CHARS_MAX} characters at most`;
    return { kind: "invalid_args", message, field: "question" };
  }
  if (allow_multiple !== null && typeof allow_multiple !== "boolean") {
    return { kind: "invalid_args", message: '"allow_multiple" has to be true or false', field: "allow_multiple" };
  }
  const offered = optionsIn(options);
  if (offered === undefined) {
    const message = `"options" has to be a list of at most ${TASK_OPTIONS_MAX} texts, with ${TASK_QUESTION_CHARS_MAX} characters together`;
    return { kind: "invalid_args", message, field: "options" };
  }
  return {
    question: question.trim().toWellFormed(),
    allow_multiple: allow_multiple ?? false,
    ...(offered.length > 0 ? { options: offered } : {}),
  };
}

/** Undefined where it is no list of texts, or too long a one. */
function optionsIn(given: unknown): readonly string[] | undefined {
  if (given === null) return [];
  if (!Array.isArray(given) || given.length > TASK_OPTIONS_MAX) return undefined;
  if (!given.every((one) => typeof one === "string")) return undefined;
  if (given.reduce((sum, { length }) => sum + length, 0) > TASK_QUESTION_CHARS_MAX) return undefined;
  const trimmed = given.map((one) => one.trim().toWellFormed());
  return [...new Set(trimmed)].filter((one) => one !== "");
}
