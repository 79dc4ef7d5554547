// Derives what a plugin answers to `--describe` from a yargs instance. Best effort: yargs keeps its commands behind
// methods that it calls internal, which have been the same since version 17; anything else is told so, not guessed at.

import {
  addOption,
  commandName,
  type DescribedArgument,
  type DescribedCommand,
  type DescribedFlag,
  type DescribeV1,
  defaultText,
  describeDocument,
  firstParagraph,
  helpLine,
  namesPath,
  type PluginFacts,
  programName,
  refuseSameNames,
  suggestionsOf,
} from "./describe.ts";

/**
 * The description of a plugin whose one command is this program; no handler is run, and the instance can be parsed with
 * afterwards.
 *
 * The command is called like the program (`scriptName`), without `osp-`. The builders of all commands are called; they
 * may be asynchronous. Throws when a name cannot be used, or when this is no yargs of version 17 or 18.
 */
export async function describeFromYargs(instance: object, facts: PluginFacts): Promise<DescribeV1> {
  if (!isYargs(instance)) throw new Error("this is no instance of yargs: give what `yargs()` returns, before `.argv`");
  const usage = instance.getInternalMethods().getUsageInstance().getUsage()[0]?.[0] ?? "";
  const program = await describeLevel(instance, NO_ARGUMENTS, new Map());
  const about = program.about || (/\$0|^usage/i.test(usage) ? "" : firstParagraph(usage)); // Not a line of syntax.
  return describeDocument(facts, { ...program, name: programName(instance.$0, facts.pluginId), about });
}

interface Positional {
  /** The name, then its aliases. */
  readonly cmd: readonly string[];
  readonly variadic: boolean;
}

interface Handler {
  readonly original: string;
  readonly description?: string | false;
  readonly builder: ((yargs: Yargs, helpOrVersion: boolean) => unknown) | Record<string, unknown>;
  readonly demanded: readonly Positional[];
  readonly optional: readonly Positional[];
}

type Arguments = Pick<Handler, "demanded" | "optional">;
const NO_ARGUMENTS: Arguments = { demanded: [], optional: [] };

interface Options {
  readonly key: Record<string, unknown>;
  readonly alias: Record<string, readonly string[]>;
  readonly array: readonly string[];
  readonly boolean: readonly string[];
  readonly count: readonly string[];
  readonly normalize: readonly string[];
  readonly hiddenOptions: readonly string[];
  readonly narg: Record<string, number>;
  readonly choices: Record<string, readonly unknown[]>;
  readonly config: Record<string, unknown>;
  readonly default: Record<string, unknown>;
  readonly defaultDescription: Record<string, string | undefined>;
  readonly demandedOptions: Record<string, unknown>;
}

/** As much of yargs as is needed here. */
interface Yargs {
  readonly $0: string;
  option(key: string, options: unknown): unknown;
  getOptions(): Options;
  getInternalMethods(): {
    reset(aliases: Options["alias"]): Yargs;
    getContext(): { commands: string[]; fullCommands: string[] };
    getCommandInstance(): { getCommandHandlers(): Record<string, Handler>; defaultCommand?: Handler };
    getUsageInstance(): {
      getDescriptions(): Record<string, string | undefined>;
      getUsage(): readonly (readonly [string | null, string])[];
    };
  };
}

function isYargs(value: object): value is Yargs {
  const methods = ["getInternalMethods", "getOptions", "option"];
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

type Flags = Map<string, DescribedFlag>;

/** The level that the instance stands at. Flags that the levels above have too are theirs, and known below them. */
async function describeLevel(yargs: Yargs, takes: Arguments, above: Flags): Promise<Omit<DescribedCommand, "name">> {
  const { getCommandInstance } = yargs.getInternalMethods();
  const handlers = Object.entries(getCommandInstance().getCommandHandlers());
  const standard = getCommandInstance().defaultCommand;
  const { args, flags } = describeOptions(yargs, takes, above);
  const known = new Map([...above, ...flags]);
  const subcommands: DescribedCommand[] = [];
  for (const [name, handler] of handlers) {
    if (name === "$0" || handler.description === false) continue;
    const command = await describeHandler(yargs, handler, known);
    subcommands.push({ ...command, name: commandName(name), about: firstParagraph(handler.description) });
  }
  refuseSameNames(subcommands);
  if (standard === undefined) return { about: "", args, flags: Object.fromEntries(flags), subcommands };
  // What runs without a command is called with the words and flags of this level.
  const own = await describeHandler(yargs, standard, known);
  const about = firstParagraph(standard.description || "");
  return { about, args: [...args, ...own.args], flags: { ...Object.fromEntries(flags), ...own.flags }, subcommands };
}

/** What a command's builder declares. The instance is put back as it was, whatever the builder does. */
async function describeHandler(
  yargs: Yargs,
  handler: Handler,
  above: Flags,
): Promise<Omit<DescribedCommand, "name" | "about">> {
  const { reset, getContext } = yargs.getInternalMethods();
  const restore = freeze(yargs);
  getContext().fullCommands.push(handler.original);
  try {
    const fresh = reset(yargs.getOptions().alias);
    if (typeof handler.builder === "function") {
      const built = await handler.builder(fresh, true);
      const inner = typeof built === "object" && built !== null && isYargs(built) ? built : fresh;
      return await describeLevel(inner, handler, above);
    }
    for (const [key, options] of Object.entries(handler.builder)) fresh.option(key, options);
    return await describeLevel(fresh, handler, above);
  } finally {
    getContext().fullCommands.pop();
    restore();
  }
}

/** What `parse` does before it lets a command change the instance, and undoes afterwards; it is not public. */
function freeze(yargs: Yargs): () => void {
  const symbols = Object.getOwnPropertySymbols(Object.getPrototypeOf(yargs));
  const method = (name: string) => {
    const symbol = symbols.find(({ description }) => description === name);
    const found = symbol && (yargs as unknown as Record<symbol, unknown>)[symbol];
    if (typeof found !== "function") throw new Error(`this version of yargs cannot be described: it has no "${name}"`);
    return () => found.call(yargs) as unknown;
  };
  const unfreeze = method("unfreeze");
  method("freeze")();
  return unfreeze;
}

function describeOptions(yargs: Yargs, takes: Arguments, above: Flags): { args: DescribedArgument[]; flags: Flags } {
  const options = yargs.getOptions();
  const descriptions = yargs.getInternalMethods().getUsageInstance().getDescriptions();
  const positionals = [...takes.demanded, ...takes.optional];
  const ofArguments = new Set(positionals.flatMap(({ cmd }) => cmd.flatMap((name) => namesOf(options, name))));
  const args = positionals.map(({ cmd, variadic }) => {
    const name = cmd[0] ?? "";
    const names = new Set(cmd.flatMap((one) => namesOf(options, one)));
    const { flag_only: _, ...value } = describeOption(options, descriptions, names);
    const required = takes.demanded.some((one) => one.cmd === cmd);
    const isPath = value.value_type !== null || namesPath(name);
    return { name, ...value, required, multi: variadic || value.multi, value_type: isPath ? ("Path" as const) : null };
  });
  const flags: Flags = new Map();
  const done = new Set<string>(ofArguments);
  for (const key of Object.keys(options.key)) {
    const names = namesOf(options, key);
    if (names.some((name) => done.has(name))) continue;
    for (const name of names) done.add(name);
    if (names.some((name) => options.hiddenOptions.includes(name) || isBuiltIn(name, descriptions[name]))) continue;
    addOption(flags, names.map(spelling), describeOption(options, descriptions, new Set(names)));
  }
  for (const [name, flag] of above) if (JSON.stringify(flags.get(name)) === JSON.stringify(flag)) flags.delete(name);
  return { args, flags };
}

/** A name with all that are aliases of it, in either direction, the declared ones first. */
function namesOf(options: Options, name: string): string[] {
  const names = new Set([name]);
  for (const one of names) {
    for (const [key, aliases] of Object.entries(options.alias)) {
      if (key !== one && !aliases.includes(one)) continue;
      for (const other of [key, ...aliases]) names.add(other);
    }
  }
  return [...names];
}

/** Texts of yargs itself are marked, because they are translated late. */
const LATE = "__yargsString__:";
const BUILT_IN = new Set(["Show help", "Show version number", "Show hidden options"].map((text) => `${LATE}${text}`));

/** Options that print text for people and end the program: nothing that a plugin could be asked for through the host. */
function isBuiltIn(name: string, description: string | undefined): boolean {
  return name === "help" || (description !== undefined && BUILT_IN.has(description));
}

function spelling(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

type Descriptions = Readonly<Record<string, string | undefined>>;

function describeOption(options: Options, descriptions: Descriptions, names: ReadonlySet<string>): DescribedFlag {
  const has = (list: readonly string[]) => list.some((name) => names.has(name));
  const value = <T>(map: Readonly<Record<string, T>>): T | undefined => {
    const name = [...names].find((one) => Object.hasOwn(map, one) && map[one] !== undefined);
    return name === undefined ? undefined : map[name];
  };
  const isCount = has(options.count);
  const standard = value(options.default);
  const help = value(descriptions);
  return {
    about: helpLine(
      help?.startsWith(LATE) ? help.slice(LATE.length) : help,
      isCount ? undefined : defaultText(standard, value(options.defaultDescription)),
    ),
    required: [...names].some((name) => Object.hasOwn(options.demandedOptions, name)),
    multi: isCount || has(options.array) || (value(options.narg) ?? 1) > 1,
    value_type: has(options.normalize) || value(options.config) !== undefined ? "Path" : null,
    suggestions: suggestionsOf(value(options.choices)),
    flag_only:
      isCount || has(options.boolean) || (typeof standard === "boolean" && value(options.choices) === undefined),
  };
}
