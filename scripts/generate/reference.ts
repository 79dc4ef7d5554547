// The pages of docs/reference: tables of all that crosses between plugin and host, from the shapes in src/protocol.

import { HOST_ERRORS, HOST_FUNCTIONS, type HostMembers, PLUGIN_FUNCTIONS } from "../../src/protocol/host-functions.ts";
import { Manifest } from "../../src/protocol/manifest.ts";
import { DescribeV1, ResponseV1 } from "../../src/protocol/process-plugin.ts";
import { EVENTS, LEVELS } from "./abi-facts.ts";
import { DESCRIBE_TEXTS, MANIFEST_TEXTS, RESPONSE_TEXTS } from "./field-texts.ts";
import { type Field, fieldsOf } from "./schema-fields.ts";

const NOTICE = "This page is made from the host's own sources; change it there (`node scripts/generate-sdk.ts`).";

export function hostFunctionsPage(): string {
  const entries = Object.entries(HOST_FUNCTIONS);
  const overview = entries.map(
    ([name, { since, returns }], index) => `| [\`${name}\`](#${name}) | ${8 * (index + 1)} | ${since} | ${returns} |`,
  );
  const details = entries.map(([name, { args, returns, since, does, request, answer, errors, isReserved }]) =>
    paragraphs([
      `## ${name}`,
      fence(
        "c",
        `${returns === "nothing" ? "void" : "const char *"}${returns === "nothing" ? " " : ""}${name}(${cList(args)});`,
      ),
      does,
      mayBeNull(args),
      since > 2 && `Since version ${since}: look at \`host->version\` before.`,
      request && table(request, "what goes in"),
      answer && table(answer, "what comes out"),
      errors && `Its errors, beside [those of all](#errors-of-all): ${errors.map((code) => `\`${code}\``).join(", ")}.`,
      isReserved && "It has its place in the table, and no more.",
    ]),
  );
  const errorRows = Object.entries(HOST_ERRORS).map(([code, when]) => `| \`${code}\` | ${when} |`);
  return paragraphs([
    "# Host functions, one by one",
    NOTICE,
    "What a native plugin may ask. [../host-functions.md](../host-functions.md) says for whom, how long and how much. `json` is an " +
      'object, or `{"error","message"}` when it did not work; `text` is text as it is. Both may be NULL, and are the plugin\'s to ' +
      "release. Levels of the log are " +
      `${LEVELS.map(([name, value]) => `${value} ${name}`).join(", ")}.`,
    ["| function | offset | since | returns |", "| --- | --- | --- | --- |", ...overview].join("\n"),
    ...details,
    "## Errors of all",
    "Every function that returns `json` may answer with one of these. `code`, where an answer has it, is more exact than `error`: " +
      'a mistake in SQL is `{"code":"sql_error","error":"no such table: notes",...}`, and what kept a model from answering has the ' +
      "code of [../errors.md](../errors.md) beside `inference_error`. The helpers of the SDK give `code`, or else `error`.",
    ["| error | when |", "| --- | --- |", ...errorRows].join("\n"),
  ]);
}

export function pluginFunctionsPage(): string {
  const details = Object.entries(PLUGIN_FUNCTIONS).map(([name, { args, returns, isRequired, does, request, answer }]) =>
    paragraphs([
      `## ${name}`,
      fence("c", `${C_RETURNS[returns]}${name}(${cList(args)});`),
      does,
      !isRequired && "It may be NULL: the plugin has no such thing.",
      request && table(request, "what the host hands over"),
      answer && table(answer, "what the host understands"),
    ]),
  );
  return paragraphs([
    "# Functions of a plugin, one by one",
    NOTICE,
    "What a native plugin offers to its host, in the order of the table. The version of the interface stands between `invoke` and " +
      "`handle_route`. [../native-plugins.md](../native-plugins.md) says when they are called, and on which threads.",
    `Types of task events: ${EVENTS.map(([name, value]) => `${value} ${name.toUpperCase()}`).join(", ")}.`,
    ...details,
  ]);
}

export function manifestPage(): string {
  return paragraphs([
    "# Fields of a manifest",
    NOTICE,
    "What `get_manifest` returns. [../manifest.md](../manifest.md) says how it is checked, and what is too much.",
    fieldTable(fieldsOf(Manifest), MANIFEST_TEXTS),
  ]);
}

export function processProtocolPage(): string {
  return paragraphs([
    "# Fields of the process protocol",
    NOTICE,
    "What a process plugin prints. [../process-plugins.md](../process-plugins.md) says when, and what else there is to it. Members " +
      "that are not named here are ignored; null is the same as not there, but for `data` and `error`.",
    "## What `--describe` prints",
    fieldTable(fieldsOf(DescribeV1), DESCRIBE_TEXTS),
    "## What a command prints",
    fieldTable(fieldsOf(ResponseV1), RESPONSE_TEXTS),
  ]);
}

const C_RETURNS = { text: "const char *", context: "osr_plugin_ctx_t ", nothing: "void " } as const;

const C_ARGS: Readonly<Record<string, string>> = {
  text: "const char *",
  "maybe text": "const char *",
  level: "int ",
  "event type": "int ",
  "on chunk": "osr_on_chunk_fn ",
  "user data": "void *",
  context: "osr_plugin_ctx_t ",
};

/** Which arguments; nothing where none may. */
function mayBeNull(args: Readonly<Record<string, string>>): string | undefined {
  const names = Object.keys(args).filter((name) => MAY_BE_NULL.has(args[name]!));
  return names.length === 0 ? undefined : `${names.map((name) => `\`${name}\``).join(" and ")} may be NULL.`;
}

const MAY_BE_NULL: ReadonlySet<string> = new Set(["maybe text", "on chunk", "user data"]);

function cList(args: Readonly<Record<string, string>>): string {
  const list = Object.entries(args).map(([name, kind]) => `${C_ARGS[kind]}${name}`);
  return list.length === 0 ? "void" : list.join(", ");
}

function table(members: HostMembers, title: string): string {
  const rows = Object.entries(members).map(
    ([name, { type, required, is }]) => `| \`${name}\` | ${type} | ${required === true ? "yes" : "no"} | ${is} |`,
  );
  return [`| ${title} | type | always | |`, "| --- | --- | --- | --- |", ...rows].join("\n");
}

function fieldTable(fields: readonly Field[], texts: Readonly<Record<string, string>>): string {
  const left = new Set(Object.keys(texts));
  const rows = fields.map(({ path, type, isRequired }) => {
    if (!left.delete(path)) throw new Error(`scripts/generate/field-texts.ts has no sentence for ${path}`);
    return `| \`${path}\` | ${type} | ${isRequired ? "yes" : "no"} | ${texts[path]} |`;
  });
  if (left.size > 0) throw new Error(`scripts/generate/field-texts.ts has what no schema has: ${[...left].join(", ")}`);
  return ["| field | type | required | |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function paragraphs(parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part).join("\n\n");
}
