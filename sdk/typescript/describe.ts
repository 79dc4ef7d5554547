// What a plugin answers to `--describe`, and the answering. The helpers for commander and yargs build on this file; copy
// it with them. Nothing here needs anything of Osprey's at run time.

export interface Suggestion {
  value: string;
  meta?: string;
}

interface Value {
  about: string | null;
  required: boolean;
  multi: boolean;
  /** "Path": the host completes files and folders. */
  value_type: "Path" | null;
  suggestions: Suggestion[];
}

export interface DescribedArgument extends Value {
  name: string;
}

export interface DescribedFlag extends Value {
  /** True: stands alone; false: a value follows. */
  flag_only: boolean;
}

export interface DescribedCommand {
  name: string;
  about: string;
  args: DescribedArgument[];
  /** A member for each spelling; equal ones are the same option. */
  flags: Record<string, DescribedFlag>;
  subcommands: DescribedCommand[];
}

export interface DescribeV1 {
  protocol_version: 1;
  plugin_id: string;
  plugin_version: string;
  min_osp_version: string | null;
  commands: DescribedCommand[];
}

/** What the parser of a program does not know of the plugin. */
export interface PluginFacts {
  readonly pluginId: string;
  readonly pluginVersion: string;
  readonly minOspVersion?: string | undefined;
}

/**
 * Prints the description when the host asks for it, which it does with `--describe` as the only argument.
 *
 * @returns whether it was asked for: then the plugin has nothing more to do.
 */
export async function answerDescribe(
  describe: () => DescribeV1 | Promise<DescribeV1>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<boolean> {
  if (argv.length !== 1 || argv[0] !== "--describe") return false;
  const text = `${JSON.stringify(await describe(), null, 2)}\n`;
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
  return true;
}

/** The whole description, around the command. */
export function describeDocument(facts: PluginFacts, command: DescribedCommand): DescribeV1 {
  if (facts.pluginId.trim() === "") throw new Error("the plugin id must not be blank");
  return {
    protocol_version: 1,
    plugin_id: facts.pluginId.trim(),
    plugin_version: facts.pluginVersion,
    min_osp_version: facts.minOspVersion ?? null,
    commands: [command],
  };
}

/** The name of the one command of a program: `osp-inventory.js` is `inventory`; without a name, the plugin's id. */
export function programName(name: string | undefined, pluginId: string): string {
  const word = name?.trim().split(/\s+/)[0]?.split("/").at(-1) || pluginId;
  return commandName(word.replace(/\.[cm]?[jt]s$/, "").replace(/^osp-(?=.)/, ""));
}

/** A name that the protocol takes: of `a-z`, `0-9`, `-` and `_` only. */
export function commandName(text: string): string {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (name === "") {
    throw new Error(`"${text}" cannot become the name of a command, which is made of a-z, 0-9, - and _`);
  }
  return name;
}

/** A level of commands in which a name is there twice is refused by the host: say it here, where it can be mended. */
export function refuseSameNames(commands: readonly DescribedCommand[]): void {
  const seen = new Set<string>();
  for (const { name } of commands) {
    if (seen.has(name)) throw new Error(`two subcommands are called "${name}"`);
    seen.add(name);
  }
}

const SPELLING = /^--?[^\s=-][^\s=]*$/;

/**
 * Adds an option under each of its spellings, long ones first.
 *
 * Entries that are equal count as one option for the host. An option that happens to say the same as another one gets its
 * spelling into its help, so that they stay two.
 */
export function addOption(
  flags: Map<string, DescribedFlag>,
  spellings: readonly string[],
  option: DescribedFlag,
): void {
  const usable = spellings.filter((one) => SPELLING.test(one));
  const ordered = [...usable.filter((one) => one.startsWith("--")), ...usable.filter((one) => !one.startsWith("--"))];
  const first = ordered[0];
  if (first === undefined) return;
  const told = JSON.stringify(option);
  const isTaken = [...flags.values()].some((other) => JSON.stringify(other) === told);
  const about = option.about ? `${option.about} (${first})` : first.replace(/^-+/, "").replaceAll("-", " ");
  for (const one of ordered) {
    if (!flags.has(one)) flags.set(one, isTaken ? { ...option, about } : { ...option });
  }
}

// A menu of more has no use.
const SUGGESTIONS_MAX = 1000;

/** The values as they are typed; none when there are too many to choose from. */
export function suggestionsOf(values: readonly unknown[] | undefined): Suggestion[] {
  const texts = new Set((values ?? []).map(String).filter((text) => text.trim() !== ""));
  return texts.size > SUGGESTIONS_MAX ? [] : [...texts].map((value) => ({ value }));
}

/** Help as one line, with the default behind it; null when there is neither. */
export function helpLine(text: string | undefined, defaultText?: string): string | null {
  const words = (text ?? "").trim().replace(/\s+/g, " ");
  const parts = defaultText === undefined ? [words] : [words, `(default: ${defaultText})`];
  return parts.join(" ").trim() || null;
}

/** A default worth telling: text, a number, or a list of these; anything else is "nothing" or no word a user types. */
export function defaultText(value: unknown, description: string | undefined): string | undefined {
  if (description) return description;
  const values = Array.isArray(value) ? value : [value];
  const isTold = values.every((one) => (typeof one === "string" && one !== "") || typeof one === "number");
  return isTold && values.length > 0 ? values.join(", ") : undefined;
}

/** The summary that a longer text begins with. */
export function firstParagraph(text: string | undefined): string {
  return helpLine(text?.trim().split(/\n\s*\n/)[0]) ?? "";
}

const PATH_WORD = /^(file|files|filename|path|paths|dir|dirs|directory|folder|folders)$/;

/** Whether a placeholder such as `<file>` or `<output-dir>` stands for a path: neither parser has a type for that. */
export function namesPath(placeholder: string): boolean {
  const last = placeholder
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "")
    .at(-1);
  return last !== undefined && PATH_WORD.test(last);
}
