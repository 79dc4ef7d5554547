// `osp config set` and `osp config unset`.

import { changeSecrets } from "../config/change-secrets.ts";
import { coerceValue } from "../config/coerce-value.ts";
import { type Config, type ConfigScope, type ConfigValue, configList, configText } from "../config/config.ts";
import { keyId } from "../config/key-names.ts";
import { holdsPlaceholder } from "../config/placeholders.ts";
import { scopeFlags } from "../config/scope-flags.ts";
import { isSecretName, REDACTED } from "../config/secret-names.ts";
import { parseValueText } from "../config/value-text.ts";
import { changeConfig } from "../config/write-config.ts";
import { EXIT, HostError, toHostError } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { factsOf, textOf } from "./config-explain.ts";
import { requireFiles, SCOPE_OPTIONS, scopeOf, scopeText } from "./config-scope.ts";
import { changeSession } from "./config-session.ts";
import { jsonOfValue } from "./config-value.ts";
import { notify } from "./notify.ts";
import { readConfig, type Settings } from "./settings.ts";
import { rowOf, showRows } from "./show-rows.ts";

const OPTIONS = {
  ...SCOPE_OPTIONS,
  "profile-all": { type: "boolean", about: "for every profile that there is" },
  config: { type: "boolean", about: "in config.toml, which is the default outside of the interactive shell" },
  save: { type: "boolean", about: "the same as --config" },
  secrets: { type: "boolean", about: "in the secrets store; the value is never shown" },
  session: { type: "boolean", about: "until the interactive shell ends, which is the default there" },
  "dry-run": { type: "boolean", about: "say what would change, and change nothing" },
  explain: { type: "boolean", about: "show afterwards where the value comes from" },
  yes: { type: "boolean", about: "ask nothing" },
} as const;

export const configSet: Command = {
  usage: "KEY VALUE [--global | --profile NAME | --profile-all] [--terminal [KIND]] [--save | --secrets] [--dry-run]",
  about:
    "Sets a value. With --secrets and without VALUE, the value is read from standard input as it is, or asked for.",
  positionals: { min: 1, max: 2 },
  options: OPTIONS,
  readsBrokenConfig: true,
  async run(input) {
    const settings = await input.settings();
    const change = readChange(input, settings.config);
    const value = parseValueText(change.key, await valueText(input, change));
    await checkPlaceholders(input, change.key, value);
    return await carryOut(input, settings, { ...change, value });
  },
};

export const configUnset: Command = {
  usage: "KEY [--global | --profile NAME | --profile-all] [--terminal [KIND]] [--save | --secrets] [--dry-run]",
  about: "Removes a value; what a weaker place says counts again.",
  positionals: { min: 1, max: 1 },
  options: OPTIONS,
  readsBrokenConfig: true,
  async run(input) {
    const settings = await input.settings();
    return await carryOut(input, settings, { ...readChange(input, settings.config), value: undefined });
  },
};

interface Change {
  readonly key: string;
  readonly scopes: readonly ConfigScope[];
  readonly store: "config" | "secrets" | "session";
}

/** What is to be changed and where. Throws for what may not be. */
function readChange(input: CommandInput, config: Config): Change {
  const { options, flags } = input;
  const stores = ["config", "save", "secrets", "session"].filter((name) => options[name] === true);
  if (stores.length > 1) throw usage(`--${stores.join(" and --")} exclude each other`);
  if (options["session"] === true && flags.session === undefined) {
    throw usage("--session is for the interactive shell only");
  }
  const asked = stores[0] === "save" ? "config" : (stores[0] as Change["store"] | undefined);
  const store = asked ?? (flags.session === undefined ? "config" : "session");
  if (store !== "session") requireFiles(input);
  const key = input.positionals[0]!.trim();
  const scope = scopeOf(input, config);
  if (options["profile-all"] === true && (options["global"] === true || textOption(input, "profile") !== undefined)) {
    throw usage("--profile-all excludes --global and --profile");
  }
  const profiles = options["profile-all"] === true ? config.knownProfiles : [scope.profile];
  return { key, scopes: profiles.map((profile) => ({ profile, terminal: scope.terminal })), store };
}

/** The text of the value: from the command line, or for a secret from standard input. */
async function valueText(input: CommandInput, { store }: Change): Promise<string> {
  const given = input.positionals[1];
  if (given !== undefined) return given;
  if (store !== "secrets") throw usage("the value is missing");
  if (input.io.stdinIsTerminal) return await askValue(input);
  const text = await input.io.readStdin();
  if (text !== "") return text;
  throw usage('standard input is empty; to set an empty text, give "" as the value');
}

/** Nobody sees what is typed. */
async function askValue({ io, positionals }: CommandInput): Promise<string> {
  const text = await io.promptHidden?.(neutralise(`value of ${positionals[0]}: `));
  if (text !== undefined && text !== "") return text;
  throw usage("the value is missing: give it on standard input, or behind the key");
}

/** A placeholder that leads nowhere would keep every other command from running. */
async function checkPlaceholders({ io, flags }: CommandInput, key: string, value: ConfigValue): Promise<void> {
  if (!holdsPlaceholder(key, value)) return;
  const override = { key, value, origin: "VALUE" };
  const config = await readConfig({ io, flags: { ...flags, overrides: [...flags.overrides, override] }, quiet: true });
  try {
    config.find(key);
  } catch (error) {
    throw new HostError("config_value_invalid", toHostError(error).message, { details: { key }, cause: error });
  }
  const problem = config.problems.find(({ details }) => details?.["key"] === key);
  if (problem !== undefined) throw new HostError("config_value_invalid", problem.message, { details: { key } });
}

async function carryOut(
  input: CommandInput,
  settings: Settings,
  { key, scopes, store, value }: Change & { readonly value: ConfigValue | undefined },
): Promise<number> {
  const { config } = settings;
  const isSecret = store === "secrets";
  const dryRun = input.options["dry-run"] === true;
  const themeFolders = configList(config, "theme.path");
  const edits = scopes.map((scope) => ({ scope, key, value }));
  const { path, changed, previous } =
    store === "session"
      ? changeSession(input.flags.session!, { edits, dryRun, themeFolders })
      : isSecret
        ? await changeSecrets(config, { edits, dryRun })
        : await changeConfig({ path: config.files.config, isSecret, edits, dryRun, themeFolders });
  const isHidden = isSecret || isSecretName(key);
  const shown = (one: ConfigValue | undefined) => (one === undefined ? null : isHidden ? REDACTED : jsonOfValue(one));
  const scope = [...new Set(scopes.map(scopeText))].join(", ");
  const row = rowOf({
    key: keyId(key),
    value: shown(value === undefined ? undefined : typedValue(key, value)),
    scope,
    store,
    dry_run: dryRun,
    path,
    changed,
    previous: shown(previous.find((one) => one !== undefined)),
    backend: isSecret ? (configText(config, "secrets.backend") ?? "toml") : undefined,
  });
  const facts = input.options["explain"] === true ? await explained(input, key) : undefined;
  if (facts !== undefined) row.set("explain", rowOf(facts));
  if (facts !== undefined && !settings.json) input.io.stdout.write(neutralise(textOf(facts)));
  if (settings.json) await showRows(input, settings, [row], { single: true });
  else
    say(input, settings, {
      key,
      scope,
      place: path ?? "this session",
      hintFlags: store === "session" ? " --save" : "",
      dryRun,
      isSet: value !== undefined,
      found: changed || value !== undefined,
    });
  if (!isSecret && value !== undefined && isSecretName(key)) {
    notify(input.io, settings, "warning", `${key} is named like a secret; with --secrets it is kept in a private file`);
  }
  return EXIT.done;
}

/** What counts now, with what was just written. */
async function explained({ io, flags }: CommandInput, key: string): Promise<ReturnType<typeof factsOf>> {
  const config = await readConfig({ io, flags, quiet: true });
  return factsOf(config, config.explain(keyId(key)), false);
}

/** As it is written: a number as a number, whatever was typed. */
function typedValue(key: string, value: ConfigValue): ConfigValue {
  const coerced = coerceValue(key, value);
  return "value" in coerced ? coerced.value : value;
}

interface Said {
  readonly key: string;
  readonly scope: string;
  /** The file, or what else holds the value. */
  readonly place: string;
  /** What an option has to say to reach the files. */
  readonly hintFlags: string;
  readonly dryRun: boolean;
  readonly isSet: boolean;
  readonly found: boolean;
}

function say(input: CommandInput, settings: Settings, said: Said): void {
  const { key, scope, place, hintFlags, dryRun, isSet, found } = said;
  if (!found) {
    const other = settings.config
      .explain(key)
      .candidates.find(({ source }) => source === "file" || source === "secrets");
    const hint =
      other === undefined ? "" : `; it is set for ${scopeText(other.scope)}:${hintFlags}${scopeFlags(other.scope)}`;
    return notify(input.io, settings, "warning", `${key} was not set (${scope}, ${place})${hint}`);
  }
  const done = `${isSet ? "set" : "removed"} ${key} (${scope}, ${place})`;
  notify(input.io, settings, dryRun ? "info" : "success", dryRun ? `would have ${done}` : done);
}

function usage(message: string): HostError {
  return new HostError("usage_invalid", message, { hint: 'run "osp config set --help"' });
}
