// `osp alias add` and `osp alias remove`: changes in config.toml.

import { resolvePaths } from "../base/paths.ts";
import type { Config, ConfigScope } from "../config/config.ts";
import { keyTrouble } from "../config/key-names.ts";
import { changeConfig } from "../config/write-config.ts";
import { EXIT, HostError } from "../protocol/errors.ts";
import { ALIAS_PREFIX, aliasNames } from "./alias-list.ts";
import { parseAlias } from "./alias-template.ts";
import { BUILT_IN_WORDS } from "./built-in-words.ts";
import type { Command, CommandInput } from "./command.ts";
import { requireFiles, SCOPE_OPTIONS, scopeOf, scopeText } from "./config-scope.ts";
import { noFlags } from "./flags.ts";
import { splitText } from "./line-stages.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";

/** The alias is kept by then: whether it hides anything must not take long. */
const DESCRIBE_MS_MAX = 2_000;
const USAGE = "[--global | --profile NAME] [--terminal [KIND]]";

export const aliasAdd: Command = {
  usage: `NAME TEMPLATE ${USAGE}`,
  about:
    "Makes a word stand for a line: a command, its arguments and stages. ${1}, ${1:otherwise} and ${*} stand for what is " +
    "typed behind the word, ${config.KEY} for a value of the configuration; without any of the first three, what is typed " +
    "behind the word follows the command.",
  positionals: { min: 2, max: 2 },
  options: SCOPE_OPTIONS,
  readsBrokenConfig: true,
  async run(input) {
    const [typed = "", template = ""] = input.positionals;
    const name = checkedName(typed);
    await checkTemplate(name, template);
    const settings = await input.settings();
    const scope = scopeOf(input, settings.config);
    return await change(input, settings, { name, template, scope });
  },
};

export const aliasRemove: Command = {
  usage: `NAME ${USAGE}`,
  about: "Forgets an alias; without options, where it counts from.",
  positionals: { min: 1, max: 1 },
  options: SCOPE_OPTIONS,
  readsBrokenConfig: true,
  async run(input) {
    const name = input.positionals[0]!.trim().toLowerCase();
    const settings = await input.settings();
    const { options } = input;
    const isNamed = ["global", "profile", "terminal"].some((option) => options[option] !== undefined);
    const scope = isNamed ? scopeOf(input, settings.config) : scopeInFile(settings.config, name);
    return await change(input, settings, { name, template: undefined, scope });
  },
};

interface AliasChange {
  readonly name: string;
  /** Undefined takes it away. */
  readonly template: string | undefined;
  readonly scope: ConfigScope;
}

async function change(
  input: CommandInput,
  settings: Settings,
  { name, template, scope }: AliasChange,
): Promise<number> {
  requireFiles(input);
  const edit = { scope, key: `${ALIAS_PREFIX}${name}`, value: template };
  const isSecret = false;
  const { path, changed, previous } = await changeConfig({
    path: settings.config.files.config,
    isSecret,
    edits: [edit],
    dryRun: false,
  });
  if (template === undefined && !changed) throw unknown(settings.config, name, ` (${scopeText(scope)})`);
  const before = previous[0] === undefined ? null : String(previous[0]);
  const row = rowOf({ name, template: template ?? null, scope: scopeText(scope), path, changed, previous: before });
  if (settings.json) await showRows(input, settings, [row], { single: true });
  else {
    const done = template === undefined ? "removed" : before === null ? "added" : "changed";
    notify(input.io, settings, "success", `${done} the alias ${name} (${scopeText(scope)}, ${path})`);
  }
  if (template !== undefined) {
    const what = await hidden(input, settings, name).catch(() => undefined);
    if (what !== undefined) notify(input.io, settings, "warning", `the alias ${name} ${what}`);
  }
  return EXIT.done;
}

/** What the alias hides of a plugin's, and how that is reached; a plugin that does not answer soon is not waited for. */
async function hidden({ io, flags }: CommandInput, { config }: Settings, name: string): Promise<string | undefined> {
  const [{ openProcessHost }, { nativePluginNamed }] = await Promise.all([
    import("./open-process-host.ts"),
    import("../host/native-commands.ts"),
  ]);
  const host = await openProcessHost(io, { config, ...flags, describeTimeoutMs: DESCRIBE_MS_MAX });
  const isOffered = (await host.commands()).some((command) => command.name === name);
  if (isOffered) return `hides a plugin's command: osp ${name} --plugin-provider ID reaches that`;
  const id = await nativePluginNamed(resolvePaths({ env: io.env, platform: process.platform }), name);
  return id === undefined ? undefined : `hides the native plugin ${id}: osp tools call ${id} reaches that`;
}

/** One word, of which a line can begin. */
function checkedName(typed: string): string {
  const name = typed.trim().toLowerCase();
  const trouble = keyTrouble(`${ALIAS_PREFIX}${name}`);
  if (trouble !== undefined || !/^[^\s|'"\\$-][^\s|'"\\$]*$/.test(name)) {
    throw new HostError("usage_invalid", `"${typed}" cannot be an alias: it has to be one word`, {
      hint: "choose a name of letters, digits, - and _",
    });
  }
  if (!BUILT_IN_WORDS.has(name)) return name;
  throw new HostError("usage_invalid", `"${name}" is a built-in command, which comes before any alias`, {
    hint: "choose another name",
  });
}

/** What can be known to be wrong before it is typed: stages without placeholders are read. */
async function checkTemplate(name: string, template: string): Promise<void> {
  const parsed = parseAlias(template);
  if (typeof parsed === "string") throw new HostError("config_value_invalid", `the alias "${name}" ${parsed}`);
  const { words, pipeline } = splitText({ ...noFlags() }, template);
  if (words.length === 0) throw new HostError("config_value_invalid", `the alias "${name}" has no command`);
  if (pipeline === undefined || pipeline.includes("${")) return;
  (await import("../terminal/pipeline/pipeline.ts")).compilePipeline(pipeline);
}

/** Where the file says what counts. */
function scopeInFile(config: Config, name: string): ConfigScope {
  const found = config.explain(`${ALIAS_PREFIX}${name}`).candidates.find(({ source }) => source === "file");
  if (found === undefined) throw unknown(config, name, ` in ${config.files.config}`);
  return found.scope;
}

function unknown(config: Config, name: string, where: string): HostError {
  const names = aliasNames(config);
  return new HostError("config_key_unknown", `there is no alias "${name}"${where}`, {
    hint: names.length === 0 ? "there are none at all" : '"osp alias list --sources" shows all, and where they are',
  });
}
