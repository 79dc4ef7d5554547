// What a process plugin prints: DescribeV1 (what it offers) and ResponseV1 (the answer to one command).
// The rules are those of "osp: Writing Plugins". Members that are not known are ignored at every level, and null
// stands for "absent" wherever a member is optional.

import * as z from "zod/mini";
import { lengthCheck } from "./length-check.ts";
import {
  COMMAND_NAME_CHARS_MAX,
  DESCRIBE_ARGS_MAX,
  DESCRIBE_COMMAND_DEPTH_MAX,
  DESCRIBE_COMMANDS_MAX,
  DESCRIBE_FLAGS_MAX,
  DESCRIBE_SUGGESTIONS_MAX,
  PLUGIN_ID_CHARS_MAX,
  PLUGIN_VERSION_CHARS_MAX,
  RESPONSE_COLUMNS_MAX,
  RESPONSE_MESSAGES_MAX,
} from "./limits.ts";
import { MESSAGE_LEVELS } from "./message-levels.ts";

/** An optional member: absent and null give the default. */
function optional<T extends z.core.$ZodType>(schema: T, otherwise: z.core.output<T>) {
  return z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? otherwise),
  );
}

/** An optional member without a default: absent and null give null. */
function maybe<T extends z.core.$ZodType>(schema: T) {
  return z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? null),
  );
}

/** A list that is counted before its items are looked at, so that a long wrong one costs no issue an item. */
function list<T extends z.core.$ZodType>(item: T, countMax: number) {
  return z.pipe(z.array(z.unknown()).check(lengthCheck({ max: countMax })), z.array(item));
}

const text = z.string();
const notBlank = z.string().check(z.refine((value) => value.trim() !== "", "must not be blank"));
const names = z.array(
  z.string().check(z.trim(), z.toLowerCase(), lengthCheck({ min: 1, tooShort: "must not be blank" })),
);

const Suggestion = z.object({
  value: notBlank,
  meta: maybe(text),
  display: maybe(text),
  sort: maybe(text),
});

/** Only "path" is known today, in any letter case; other words are for later hosts and mean nothing here. */
const ValueType = z.pipe(
  maybe(text),
  z.transform((value) => (value?.trim().toLowerCase() === "path" ? ("path" as const) : null)),
);

const Argument = z.object({
  name: maybe(text),
  about: maybe(text),
  required: optional(z.boolean(), false),
  multi: optional(z.boolean(), false),
  value_type: ValueType,
  suggestions: optional(list(Suggestion, DESCRIBE_SUGGESTIONS_MAX), []),
});

const Flag = z.object({
  about: maybe(text),
  required: optional(z.boolean(), false),
  flag_only: optional(z.boolean(), false),
  multi: optional(z.boolean(), false),
  value_type: ValueType,
  suggestions: optional(list(Suggestion, DESCRIBE_SUGGESTIONS_MAX), []),
});

const Credential = z.object({
  state: z.enum(["present", "valid", "fresh"]),
  service: notBlank,
  min_ttl_seconds: maybe(z.int().check(z.nonnegative())),
});

const SessionNeed = z.object({
  auth_strength: maybe(z.enum(["basic", "strong"])),
  credentials: optional(z.array(Credential), []),
});

/** Who may see and run a command. */
const Auth = z.object({
  visibility: optional(z.enum(["public", "authenticated", "capability_gated", "hidden"]), "public"),
  required_capabilities: optional(names, []),
  feature_flags: optional(names, []),
  visible_session: maybe(SessionNeed),
  run_session: maybe(SessionNeed),
});

const COMMAND_NAME = /^[a-z0-9_-]+$/;
const CommandName = z
  .string()
  .check(
    z.trim(),
    lengthCheck({ max: COMMAND_NAME_CHARS_MAX }),
    z.regex(COMMAND_NAME, "must be made of a-z, 0-9, - and _ only, and not be empty"),
  );

/** `--long`, `-s` or `-word`: a dash or two, then anything that a command line can carry as one word. */
const FLAG_NAME = /^--?[^\s=-][^\s=]*$/;
const FlagName = z.string().check(z.regex(FLAG_NAME, 'must be a flag such as "--name" or "-n"'));

export type DescribedFlag = z.infer<typeof Flag>;

export interface DescribedCommand {
  readonly name: string;
  readonly about: string;
  readonly auth: z.infer<typeof Auth> | null;
  readonly args: readonly z.infer<typeof Argument>[];
  readonly flags: Readonly<Record<string, DescribedFlag>>;
  readonly subcommands: readonly DescribedCommand[];
}

const FLAGS_TEXT = `must have at most ${DESCRIBE_FLAGS_MAX} entries`;
const Flags = z.pipe(
  z
    .record(z.string(), z.unknown())
    .check(z.refine((flags) => Object.keys(flags).length <= DESCRIBE_FLAGS_MAX, FLAGS_TEXT)),
  z.record(FlagName, Flag),
);

const Command: z.ZodMiniType<DescribedCommand> = z.object({
  name: CommandName,
  about: optional(text, ""),
  auth: maybe(Auth),
  args: optional(list(Argument, DESCRIBE_ARGS_MAX), []),
  flags: optional(Flags, {}),
  subcommands: optional(
    z.lazy(() => Commands),
    [],
  ),
});

const Commands: z.ZodMiniType<readonly DescribedCommand[]> = list(Command, DESCRIBE_COMMANDS_MAX).check(uniqueNames());

function uniqueNames() {
  return z.check<DescribedCommand[]>(({ value, issues }) => {
    const seen = new Set<string>();
    for (const [index, { name }] of value.entries()) {
      const message = `"${name}" is there twice`;
      if (seen.has(name)) issues.push({ code: "custom", message, input: value, path: [index, "name"] });
      seen.add(name);
    }
  });
}

function boundedDepth() {
  const depth = (commands: readonly DescribedCommand[]): number =>
    commands.reduce((most, { subcommands }) => Math.max(most, 1 + depth(subcommands)), 0);
  const message = `nests deeper than ${DESCRIBE_COMMAND_DEPTH_MAX} levels of subcommands`;
  return z.refine<readonly DescribedCommand[]>((commands) => depth(commands) <= DESCRIBE_COMMAND_DEPTH_MAX, message);
}

export const DescribeV1 = z.object({
  protocol_version: z.literal(1),
  plugin_id: z
    .string()
    .check(z.trim(), lengthCheck({ min: 1, max: PLUGIN_ID_CHARS_MAX, tooShort: "must not be blank" })),
  plugin_version: z.string().check(lengthCheck({ max: PLUGIN_VERSION_CHARS_MAX })),
  min_osp_version: z.pipe(
    maybe(z.string().check(lengthCheck({ max: PLUGIN_VERSION_CHARS_MAX }))),
    z.transform((value) => value?.trim() || null),
  ),
  commands: Commands.check(
    z.refine((commands) => commands.length > 0, "must offer at least one command"),
    boundedDepth(),
  ),
});
export type DescribeV1 = z.infer<typeof DescribeV1>;

const Message = z.object({ level: z.enum(MESSAGE_LEVELS), text: notBlank });
export type PluginMessage = z.infer<typeof Message>;

const ALIGNMENTS = ["default", "left", "center", "right"] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

const FORMAT_HINTS = new Set(["auto", "guide", "json", "table", "md", "markdown", "mreg", "value"]);

const Meta = z
  .object({
    /** A word that is not known is no hint. */
    format_hint: z.pipe(
      maybe(text),
      z.transform((value) => {
        const hint = value?.trim().toLowerCase() ?? "";
        return FORMAT_HINTS.has(hint) ? hint : null;
      }),
    ),
    columns: maybe(list(text, RESPONSE_COLUMNS_MAX)),
    column_align: optional(list(z.enum(ALIGNMENTS), RESPONSE_COLUMNS_MAX), []),
    column_labels: maybe(list(notBlank, RESPONSE_COLUMNS_MAX)),
    row_path: maybe(notBlank),
    preserve_json_document: optional(z.boolean(), false),
  })
  .check(
    z.check(({ value, issues }) => {
      const { columns, column_labels: labels } = value;
      if (labels === null || labels.length === (columns?.length ?? 0)) return;
      const message = columns === null ? 'needs "columns"' : `must be as long as "columns" (${columns.length})`;
      issues.push({ code: "custom", message, input: labels, path: ["column_labels"] });
    }),
  );
export type ResponseMeta = z.infer<typeof Meta>;

const ResponseError = z.object({ code: text, message: text, details: z.optional(z.unknown()) });

/**
 * ResponseV1 as far as it is of bounded size: `data` and `error.details` are only looked at for being there, because
 * they are rendered from the lossless reader.
 */
export const ResponseV1 = z
  .object({
    protocol_version: z.literal(1),
    ok: z.boolean(),
    data: z.unknown().check(z.refine((value) => value !== undefined, "is missing")),
    error: maybe(ResponseError),
    messages: optional(list(Message, RESPONSE_MESSAGES_MAX), []),
    meta: Meta,
  })
  .check(
    z.check(({ value, issues }) => {
      if (value.ok === (value.error === null)) return;
      const message = value.ok ? 'must be null when "ok" is true' : 'must be there when "ok" is false';
      issues.push({ code: "custom", message, input: value, path: ["error"] });
    }),
  );
export type ResponseV1 = z.infer<typeof ResponseV1>;
