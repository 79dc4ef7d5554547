// Helper for process plugins in TypeScript or JavaScript: say what the commands are, and run them.
//
//   await runPlugin({
//     id: "hello",
//     version: "0.1.0",
//     commands: [{ name: "hello", args: [{ name: "name" }], run: (call) => [{ greeting: `Hello, ${call.text("name")}!` }] }],
//   });
//
// It answers `--describe` and `--help`, reads the command line, and prints exactly one answer: what the function returns,
// or a failure when it throws. What is printed meanwhile (`console.log`, `process.stdout`) goes to stderr. One file for
// Node 18 or newer that needs nothing else: copy it into your sources.

import { writeSync } from "node:fs";

export interface Suggestion {
  readonly value: string;
  /** What it means. */
  readonly meta?: string;
  /** What a menu shows in its place. */
  readonly display?: string;
  /** What a menu sorts by. */
  readonly sort?: string;
}

interface Value {
  readonly about?: string;
  readonly required?: boolean;
  /** An argument takes all words that are left; a flag may be given several times. */
  readonly multi?: boolean;
  /** "Path": the host completes files and folders. */
  readonly valueType?: string;
  readonly suggestions?: readonly (string | Suggestion)[];
}

export interface Argument extends Value {
  readonly name: string;
}

export interface Flag extends Value {
  /** All its spellings, such as `["--limit", "-n"]`. */
  readonly names: readonly string[];
  /** Stands alone; without this, a value follows. */
  readonly flagOnly?: boolean;
}

export interface Session {
  readonly auth_strength?: "basic" | "strong";
  readonly credentials?: readonly {
    readonly state: "present" | "valid" | "fresh";
    readonly service: string;
    readonly min_ttl_seconds?: number;
  }[];
}

/** Who may see and run a command. */
export interface Auth {
  readonly visibility?: "public" | "authenticated" | "capability_gated" | "hidden";
  readonly required_capabilities?: readonly string[];
  readonly feature_flags?: readonly string[];
  readonly visible_session?: Session;
  readonly run_session?: Session;
}

export interface Command {
  readonly name: string;
  readonly about?: string;
  readonly args?: readonly Argument[];
  /** Known below this command, too. */
  readonly flags?: readonly Flag[];
  readonly auth?: Auth;
  readonly commands?: readonly Command[];
  /** What it returns is the data: a list of rows, one row, or any value; a `Result` says how to show it. */
  readonly run?: (call: Call) => unknown;
}

export interface Plugin {
  readonly id: string;
  readonly version: string;
  readonly minOspVersion?: string;
  readonly commands: readonly Command[];
}

const LEVELS = ["error", "warning", "success", "info", "trace"] as const;
export type Level = (typeof LEVELS)[number];

export interface Message {
  readonly level: Level;
  readonly text: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What was asked for failed in a way that the plugin understands: throw it. The answer says `"ok": false`. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** For programs, such as `NOT_FOUND`. */
  readonly code: string;
  readonly details: unknown;
  /** What there is anyway. */
  readonly data: unknown;

  constructor(code: string, message: string, more: { readonly details?: unknown; readonly data?: unknown } = {}) {
    super(message.trim() || code.trim() || "FAILED");
    this.code = code.trim() || "FAILED";
    this.details = more.details;
    this.data = more.data;
  }
}

export interface Look {
  readonly columns?: readonly string[];
  readonly columnAlign?: readonly ("default" | "left" | "center" | "right")[];
  readonly columnLabels?: readonly string[];
  /** The list in this member of the data gives the rows. */
  readonly rowPath?: string;
  readonly preserveJsonDocument?: boolean;
  readonly formatHint?: string;
}

/** Data together with how to show it. */
export class Result {
  readonly data: unknown;
  readonly meta: Readonly<Record<string, unknown>>;

  constructor(data: unknown, look: Look = {}) {
    checkLook(data, look);
    this.data = data;
    this.meta = given({
      format_hint: look.formatHint,
      columns: look.columns,
      column_align: look.columnAlign,
      column_labels: look.columnLabels,
      row_path: look.rowPath,
      preserve_json_document: look.preserveJsonDocument,
    });
  }
}

function checkLook(data: unknown, { columns, columnAlign, columnLabels, rowPath }: Look): void {
  const odd = columnAlign?.find((word) => !["default", "left", "center", "right"].includes(word));
  if (odd !== undefined) throw new Error(`columnAlign: "${odd}" is none of default, left, center, right`);
  if (columnLabels !== undefined && columnLabels.length !== columns?.length) {
    throw new Error("columnLabels must be as many as columns");
  }
  if (columnLabels?.some((label) => label.trim() === "")) throw new Error("columnLabels: none may be blank");
  if (rowPath === undefined) return;
  const list = data instanceof Map ? data.get(rowPath) : (data as Record<string, unknown> | null)?.[rowPath];
  if (!Array.isArray(list)) throw new Error(`rowPath: the data has no list called "${rowPath}"`);
}

/** One call of a command. Names are those of arguments (`name`) and of flags in any spelling (`--limit`). */
export class Call {
  /** The command and those below it. */
  readonly command: readonly string[];
  readonly hints: Hints;
  readonly config: Config;
  readonly messages: Message[] = [];
  readonly #values: Values;

  constructor(plugin: Plugin, path: readonly Command[], values: Values, env: Environment) {
    this.command = path.map(({ name }) => name);
    this.hints = hintsOf(env);
    this.config = new Config(plugin.id.trim(), env);
    this.#values = values;
  }

  /** All values, in order; none when it was not given. */
  texts(name: string): readonly string[] {
    const values = this.#values.get(name);
    if (values === undefined) throw new Error(`the command "${this.command.join(" ")}" declares no "${name}"`);
    return values;
  }

  text(name: string): string | undefined {
    return this.texts(name).at(-1);
  }

  isSet(name: string): boolean {
    return this.texts(name).length > 0;
  }

  /** How often a flag was given. */
  count(name: string): number {
    return this.texts(name).length;
  }

  /** A whole number that is exact; anything else is wrong usage. `BigInt(call.text(name))` is for larger ones. */
  integer(name: string): number | undefined {
    return readNumber(this.text(name), WHOLE_NUMBER, Number.isSafeInteger, (text) => {
      return new Failure("USAGE", `${name} must be a whole number, not "${short(text)}"`);
    });
  }

  number(name: string): number | undefined {
    return readNumber(this.text(name), NUMBER, Number.isFinite, (text) => {
      return new Failure("USAGE", `${name} must be a number, not "${short(text)}"`);
    });
  }

  /** Something for people, shown beside the data. Blank text is no message. */
  message(level: Level, text: string): void {
    if (!LEVELS.includes(level)) throw new Error(`"${level}" is none of ${LEVELS.join(", ")}`);
    if (text.trim() !== "") this.messages.push({ level, text });
  }

  error(text: string): void {
    this.message("error", text);
  }
  warning(text: string): void {
    this.message("warning", text);
  }
  success(text: string): void {
    this.message("success", text);
  }
  info(text: string): void {
    this.message("info", text);
  }
  trace(text: string): void {
    this.message("trace", text);
  }
}

/** What the host says of the call. Outside of a host, and for words that are not known, these are the defaults. */
export interface Hints {
  readonly command: string | undefined;
  readonly verbosity: Level;
  readonly debugLevel: 0 | 1 | 2 | 3;
  readonly format: "auto" | "json" | "table" | "md" | "mreg" | "value" | "guide";
  readonly color: "auto" | "always" | "never";
  readonly unicode: "auto" | "always" | "never";
  readonly terminalKind: "cli" | "repl" | "unknown";
  readonly profile: string | undefined;
  readonly terminal: string | undefined;
}

const MODES = ["auto", "always", "never"] as const;

function hintsOf(env: Environment): Hints {
  const word = <T extends string>(name: string, known: readonly T[], otherwise: T): T =>
    known.find((one) => one === env[name]?.trim().toLowerCase()) ?? otherwise;
  return {
    command: env["OSP_COMMAND"] || undefined,
    verbosity: word("OSP_UI_VERBOSITY", LEVELS, "info"),
    debugLevel: Number(word("OSP_DEBUG_LEVEL", ["0", "1", "2", "3"], "0")) as Hints["debugLevel"],
    format: word("OSP_FORMAT", ["auto", "json", "table", "md", "mreg", "value", "guide"], "auto"),
    color: word("OSP_COLOR", MODES, "auto"),
    unicode: word("OSP_UNICODE", MODES, "auto"),
    terminalKind: word("OSP_TERMINAL_KIND", ["cli", "repl", "unknown"], "unknown"),
    profile: env["OSP_PROFILE"] || undefined,
    terminal: env["OSP_TERMINAL"] || undefined,
  };
}

/**
 * What is configured for the plugin: the keys `extensions.plugins.ID.env.NAME`. A value that cannot be read becomes a
 * failure that names the key, never the value, which may be a secret.
 */
export class Config {
  readonly #pluginId: string;
  readonly #env: Environment;

  constructor(pluginId: string, env: Environment) {
    this.#pluginId = pluginId;
    this.#env = env;
  }

  text(name: string): string | undefined {
    const variable = name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
    return this.#env[`OSP_PLUGIN_CFG_${variable.replace(/^_|_$/g, "")}`];
  }

  /** The text; a failure when it is not configured. */
  need(name: string): string {
    const text = this.text(name);
    if (text === undefined || text.trim() === "") throw this.#failure(name, "is not configured");
    return text;
  }

  integer(name: string): number | undefined {
    const wrong = () => this.#failure(name, "must be a whole number");
    return readNumber(this.text(name)?.trim(), WHOLE_NUMBER, Number.isSafeInteger, wrong);
  }

  number(name: string): number | undefined {
    const wrong = () => this.#failure(name, "must be a number");
    return readNumber(this.text(name)?.trim(), NUMBER, Number.isFinite, wrong);
  }

  boolean(name: string): boolean | undefined {
    const text = this.text(name)?.trim();
    if (text === undefined) return undefined;
    if (text !== "true" && text !== "false") throw this.#failure(name, "must be true or false");
    return text === "true";
  }

  list(name: string): unknown[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value)) return value;
    } catch {
      // Told below: what is in it is not for every eye.
    }
    throw this.#failure(name, "must be a list, in JSON");
  }

  #failure(name: string, what: string): Failure {
    const key = `extensions.plugins.${this.#pluginId}.env.${name}`;
    return new Failure("CONFIG", `the setting "${name}" ${what}: osp config set ${key} VALUE`, { details: { key } });
  }
}

const WHOLE_NUMBER = /^[+-]?[0-9]+$/;
const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;

function readNumber(
  text: string | undefined,
  shape: RegExp,
  isFine: (value: number) => boolean,
  wrong: (text: string) => Failure,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!shape.test(text) || !isFine(value)) throw wrong(text);
  return value;
}

/**
 * Answers the call that this process was started for, and ends the process. A declaration that breaks a rule is thrown:
 * it is a mistake that shows on every call.
 */
export async function runPlugin(plugin: Plugin, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  checkPlugin(plugin);
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  process.stdout.on("error", () => process.exit(0)); // Nobody reads any more.
  let isAnswered = false;
  const print = (text: string) => {
    if (isAnswered) return;
    isAnswered = true;
    write(text, () => process.exit(0));
  };
  // What fails beside the function that runs the command, in a timer for example.
  process.on("uncaughtException", (error) => print(internal(error)));
  // The process ends without an answer: somebody called `process.exit`, or what is awaited never comes.
  process.once("exit", () => {
    if (isAnswered) return;
    writeSync(1, refusal(new Failure("INTERNAL", "the command ended before it was done"), []));
    process.exitCode = 0;
  });
  print(await answer(plugin, argv, process.env));
}

/** What the plugin prints for these words, the first of which is the command. For tests; `runPlugin` prints it. */
export async function answer(plugin: Plugin, argv: readonly string[], env: Environment = {}): Promise<string> {
  checkPlugin(plugin);
  if (argv.length === 1 && argv[0] === "--describe") return `${json(describe(plugin))}\n`;
  const helped = helpWanted(plugin, argv);
  if (helped !== undefined) return help(plugin, helped);
  let messages: readonly Message[] = [];
  try {
    const { path, values, run } = parse(plugin, argv);
    const call = new Call(plugin, path, values, env);
    messages = call.messages;
    const returned = await run(call);
    const result = returned instanceof Result ? returned : new Result(returned === undefined ? [] : returned);
    return response(result, undefined, messages);
  } catch (error) {
    return error instanceof Failure ? refusal(error, messages) : internal(error, messages);
  }
}

/** What `--describe` prints. */
export function describe(plugin: Plugin): unknown {
  return given({
    protocol_version: 1,
    plugin_id: plugin.id.trim(),
    plugin_version: plugin.version,
    min_osp_version: plugin.minOspVersion,
    commands: plugin.commands.map(describeCommand),
  });
}

function describeCommand({ name, about, auth, args = [], flags = [], commands = [] }: Command): unknown {
  return given({
    name,
    about,
    auth,
    args: args.map((one) => given({ name: one.name, ...describeValue(one) })),
    flags: describeFlags(flags),
    subcommands: commands.map(describeCommand),
  });
}

/** Entries that are equal count as one flag for the host: a flag that says the same as another gets its name into its help. */
function describeFlags(flags: readonly Flag[]): unknown {
  const told = new Set<string>();
  const entries = flags.flatMap(({ names, flagOnly, ...one }) => {
    const [first = ""] = [...names].sort((a, b) => Number(b.startsWith("--")) - Number(a.startsWith("--")));
    let described = given({ ...describeValue(one), flag_only: flagOnly });
    if (told.has(json(described))) {
      described = { ...described, about: `${one.about ?? first.replace(/^-+/, "").replace(/-/g, " ")} (${first})` };
    }
    told.add(json(described));
    return names.map((name) => [name, described] as const);
  });
  return new Map(entries);
}

function describeValue({ about, required, multi, valueType, suggestions = [] }: Value): Record<string, unknown> {
  const offered = suggestions.map((one) => (typeof one === "string" ? { value: one } : one));
  return { about, required, multi, value_type: valueType, suggestions: offered };
}

/** Values by the names of arguments and all spellings of flags. */
type Values = ReadonlyMap<string, readonly string[]>;

interface Parsed {
  readonly path: readonly Command[];
  readonly values: Values;
  readonly run: (call: Call) => unknown;
}

function parse(plugin: Plugin, words: readonly string[]): Parsed {
  const offered = `there is ${namesOf(plugin.commands)}`;
  const [word, ...rest] = words;
  if (word === undefined) throw new Failure("USAGE", `no command was given: ${offered}`);
  const first = named(plugin.commands, word);
  if (first === undefined) throw new Failure("USAGE", `there is no command "${short(word)}": ${offered}`);
  const path = [first];
  const { found, left } = readWords(path, rest);
  const command = path.at(-1)!;
  if (command.run === undefined) throw groupIsNoCommand(command, left);
  return { path, values: fill(path, found, left), run: command.run };
}

/** Walks down to the command that is meant (into `path`), and parts flags from arguments. */
function readWords(path: Command[], words: readonly string[]) {
  const found: (readonly [Flag, string])[] = [];
  const left: string[] = [];
  let known = spellings(path);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === "--") {
      left.push(...words.slice(at + 1));
      break;
    }
    const below = left.length === 0 ? named(path.at(-1)!.commands ?? [], word) : undefined;
    if (below !== undefined) {
      path.push(below);
      known = spellings(path);
      continue;
    }
    const flag = flagOf(word, known);
    if (flag === undefined) {
      left.push(word);
    } else if (flag.one.flagOnly || flag.value !== undefined) {
      found.push([flag.one, flag.value ?? ""]);
    } else {
      at += 1;
      const value = words[at];
      if (value === undefined || value === "--" || known.has(value)) {
        throw new Failure("USAGE", `${word} needs a value`);
      }
      found.push([flag.one, value]);
    }
  }
  return { found, left };
}

/** The flag that a word spells, with its value when that is part of the word; nothing for an argument. */
function flagOf(word: string, known: ReadonlyMap<string, Flag>): { one: Flag; value?: string } | undefined {
  if (!word.startsWith("-") || word === "-") return undefined;
  const exact = known.get(word);
  if (exact !== undefined) return { one: exact };
  const equals = word.indexOf("=");
  const head = equals < 0 ? word : word.slice(0, equals);
  const one = equals < 0 ? undefined : known.get(head);
  if (one?.flagOnly) throw new Failure("USAGE", `${head} takes no value`);
  if (one !== undefined) return { one, value: word.slice(equals + 1) };
  const brief = word.startsWith("--") ? undefined : known.get(word.slice(0, 2));
  if (brief !== undefined && !brief.flagOnly) return { one: brief, value: word.slice(2) };
  if (NUMBER.test(word)) return undefined; // Below zero, not a flag.
  throw new Failure("USAGE", `there is no flag "${short(head)}"`);
}

function groupIsNoCommand({ name, commands = [] }: Command, [word]: readonly string[]): Failure {
  const below = `${name}: there is ${namesOf(commands)}`;
  if (word !== undefined) return new Failure("USAGE", `there is no "${short(word)}" below ${below}`);
  return new Failure("USAGE", `one more word is needed behind ${below}`);
}

function fill(path: readonly Command[], found: readonly (readonly [Flag, string])[], words: readonly string[]): Values {
  const values = new Map<string, string[]>();
  const flags = path.flatMap((command) => command.flags ?? []);
  const { args = [] } = path.at(-1)!;
  for (const flag of flags) {
    const own: string[] = [];
    for (const name of flag.names) values.set(name, own);
  }
  for (const [flag, value] of found) {
    const own = values.get(flag.names[0]!)!;
    if (own.length > 0 && !flag.multi && !flag.flagOnly) {
      throw new Failure("USAGE", `${flag.names[0]} was given twice`);
    }
    own.push(value);
  }
  let at = 0;
  for (const { name, multi } of args) {
    const own = words.slice(at, multi ? undefined : at + 1);
    values.set(name, own);
    at += own.length;
  }
  if (at < words.length) throw new Failure("USAGE", `"${short(words[at]!)}" is one argument too many`);
  const needed = [...args, ...flags].filter(({ required }) => required);
  const missing = needed
    .map((one) => ("names" in one ? one.names[0]! : one.name))
    .find((name) => !values.get(name)?.length);
  if (missing !== undefined) throw new Failure("USAGE", `${missing} is missing`);
  return values;
}

/** The command that help is asked for, which may be done in several ways; nothing when it is not asked for. */
function helpWanted(plugin: Plugin, words: readonly string[]): readonly Command[] | undefined {
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  const path: Command[] = [];
  let isWanted = options.includes("--help");
  for (const [at, word] of options.entries()) {
    const below = named(path.length === 0 ? plugin.commands : (path.at(-1)!.commands ?? []), word);
    if (below !== undefined) path.push(below);
    else if (at <= 1 && word === "help") isWanted = true;
  }
  if (options.includes("-h") && !spellings(path).has("-h")) isWanted = true;
  return isWanted ? path : undefined;
}

function help(plugin: Plugin, path: readonly Command[]): string {
  const command = path.at(-1);
  if (command === undefined)
    return `usage: ${namesOf(plugin.commands)}\n${section("commands", commandRows(plugin.commands))}`;
  const { about, args = [], commands = [] } = command;
  const flags = path.flatMap((one) => one.flags ?? []);
  const usage = ["usage:", ...path.map(({ name }) => name), ...args.map(usageOf), ...flags.map(usageOf)].join(" ");
  const argumentRows = args.map((one) => [one.name, one.about ?? ""] as const);
  const flagRows = flags.map((one) => [one.names.join(", "), one.about ?? ""] as const);
  return [
    `${usage}\n`,
    about ? `\n${about}\n` : "",
    section("arguments", argumentRows),
    section("flags", flagRows),
    section("commands", commandRows(commands)),
  ].join("");
}

function usageOf(one: Argument | Flag): string {
  const isFlag = "names" in one;
  const word = isFlag ? `${one.names[0]}${one.flagOnly ? "" : " VALUE"}` : one.name.toUpperCase();
  const text = one.multi && !(isFlag && one.flagOnly) ? `${word}...` : word;
  return one.required ? text : `[${text}]`;
}

function commandRows(commands: readonly Command[]) {
  return commands.map(({ name, about = "" }) => [name, about] as const);
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return "";
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`.trimEnd());
  return `\n${title}:\n${lines.join("\n")}\n`;
}

function internal(error: unknown, messages: readonly Message[] = []): string {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return refusal(new Failure("INTERNAL", what), messages);
}

function refusal(failure: Failure, messages: readonly Message[]): string {
  const { code, message, details, data } = failure;
  try {
    return response(new Result(data ?? null), { code, message, details }, messages);
  } catch {
    return response(new Result(null), { code, message }, messages); // What it carries cannot be written.
  }
}

function response({ data, meta }: Result, error: unknown, messages: readonly Message[]): string {
  const document = { protocol_version: 1, ok: error === undefined, data, error: error ?? null, messages, meta };
  return `${json(document)}\n`;
}

/** Data is refused where it nests deeper, which it also does when it contains itself. */
const DEPTH_MAX = 500;

/** JSON of any value: bigints as numbers, maps as objects in their order, numbers without a word in JSON as null. */
function json(value: unknown, depth = 0): string {
  if (depth > DEPTH_MAX) throw new Error(`the data nests deeper than ${DEPTH_MAX} levels`);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if ("toJSON" in value && typeof value.toJSON === "function") return json(value.toJSON(), depth + 1);
  if (Array.isArray(value)) return `[${value.map((one) => json(one, depth + 1)).join(",")}]`;
  if (value instanceof Set) return json([...value], depth);
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  const members: string[] = [];
  for (const [name, one] of entries) {
    if (one === undefined || typeof one === "function" || typeof one === "symbol") continue;
    members.push(`${JSON.stringify(String(name))}:${json(one, depth + 1)}`);
  }
  return `{${members.join(",")}}`;
}

const COMMAND_NAME = /^[a-z0-9_-]+$/;
const FLAG_NAME = /^--?[^\s=-][^\s=]*$/;

/** Throws when the host would refuse the description, or words could not be told apart. */
function checkPlugin({ id, commands }: Plugin): void {
  if (id.trim() === "") throw new Error("the id of a plugin must not be blank");
  if (commands.length === 0) throw new Error("a plugin needs a command");
  checkCommands(commands);
}

function checkCommands(commands: readonly Command[]): void {
  refuseTwice(
    commands.map(({ name }) => name),
    "the plugin",
  );
  for (const { name, args = [], flags = [], commands: below = [], run } of commands) {
    const owner = `the command "${name}"`;
    if (!COMMAND_NAME.test(name)) throw new Error(`${owner} needs a name made of a-z, 0-9, - and _`);
    if (run === undefined && below.length === 0) throw new Error(`${owner} has no function`);
    refuseTwice([...args.map((one) => one.name), ...flags.flatMap(({ names }) => names)], owner);
    for (const flag of flags) checkFlag(flag, owner);
    checkArguments(args);
    checkSuggestions([...args, ...flags]);
    checkCommands(below);
  }
}

function checkFlag({ names }: Flag, owner: string): void {
  if (names.length === 0) throw new Error(`${owner} has a flag without a spelling`);
  const odd = names.find((one) => !FLAG_NAME.test(one));
  if (odd !== undefined) throw new Error(`"${odd}" cannot be a flag: it has to be like "--limit" or "-n"`);
  const taken = names.find((one) => one === "--help" || one === "--describe");
  if (taken !== undefined) throw new Error(`"${taken}" is answered by the helper`);
}

function checkArguments(args: readonly Argument[]): void {
  for (const [at, { name, required }] of args.entries()) {
    if (name.trim() === "" || name.startsWith("-")) throw new Error(`"${name}" cannot be the name of an argument`);
    const before = args[at - 1];
    if (before?.multi) throw new Error(`the argument "${before.name}" takes all words: none can come after it`);
    if (required && before !== undefined && !before.required) {
      throw new Error(`the argument "${name}" is required and comes after one that is not`);
    }
  }
}

function checkSuggestions(values: readonly Value[]): void {
  const offered = values.flatMap(({ suggestions = [] }) => suggestions);
  if (offered.some((one) => (typeof one === "string" ? one : one.value).trim() === "")) {
    throw new Error("the value of a suggestion must not be blank");
  }
}

function refuseTwice(names: readonly string[], owner: string): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`${owner} declares "${twice}" twice`);
}

function named(commands: readonly Command[], word: string): Command | undefined {
  return commands.find(({ name }) => name === word.toLowerCase());
}

function spellings(path: readonly Command[]): ReadonlyMap<string, Flag> {
  const flags = path.flatMap((command) => command.flags ?? []);
  return new Map(flags.flatMap((flag) => flag.names.map((name) => [name, flag] as const)));
}

function namesOf(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(", ");
}

/** The members that say something: the others have defaults. */
function given(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && !saysNothing(value)));
}

function saysNothing(value: unknown): boolean {
  if (value === null || value === false || value === "") return true;
  return Array.isArray(value) ? value.length === 0 : value instanceof Map && value.size === 0;
}

function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
