// Reads the configuration of one command line: built-in defaults, presentation, `config.toml`, secrets, environment and
// what the line itself says, each stronger than the one before.

import type { Paths } from "../base/paths.ts";
import { HostError } from "../protocol/errors.ts";
import { chooseProfile } from "./choose-profile.ts";
import type { Config, ConfigFiles, ConfigScope, ConfigValue, TerminalKind } from "./config.ts";
import { configFiles, readConfigText } from "./config-files.ts";
import { faultError, faultErrors } from "./faults.ts";
import { keyId } from "./key-names.ts";
import type { KeyringStore } from "./keyring.ts";
import { FillError, type Resolver } from "./resolver.ts";
import { isSecretName } from "./secret-names.ts";
import { createSieve, type Sieve } from "./sieve.ts";
import { EVERYWHERE, RANK, type StoredEntry } from "./stored-entry.ts";
import { variableEntries } from "./variable-entries.ts";

export interface ConfigOverride {
  readonly key: string;
  readonly value: ConfigValue;
  /** The flag or command that set it. */
  readonly origin: string;
  /** For all profiles and terminals when absent. */
  readonly scope?: ConfigScope | undefined;
}

export interface LoadConfigInput {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative file names start from; the process's own folder when absent. */
  readonly cwd?: string | undefined;
  readonly terminal: TerminalKind;
  /** From `--profile`. */
  readonly profile?: string | undefined;
  /** The first word of the line, which may be a known profile's name. */
  readonly word?: string | undefined;
  /** Words that are never taken for a profile. */
  readonly reservedWords?: ReadonlySet<string> | undefined;
  /** Whether `OSP__…` and `OSP_SECRET__…` count. */
  readonly useEnv: boolean;
  /** Whether `config.toml` counts; secrets do in any case. */
  readonly useFile: boolean;
  /** Nothing counts but the defaults and the overrides. */
  readonly defaultsOnly: boolean;
  readonly overrides?: readonly ConfigOverride[] | undefined;
  /** Entries that are wrong are left out and listed in `problems`, instead of ending the load. */
  readonly lenient?: boolean | undefined;
  /** For tests; the operating system's keyring when absent. */
  readonly keyring?: KeyringStore | undefined;
}

/** What was read until now. */
interface Loading {
  readonly input: LoadConfigInput;
  readonly files: ConfigFiles;
  /** The text of each file that was read, to find places in. */
  readonly texts: Map<string, string>;
  readonly sieve: Sieve;
  /** Errors that have their place already. */
  readonly errors: HostError[];
  /** Profiles that have a section in a file. */
  readonly profiles: Set<string>;
}

/**
 * The configuration. Throws `config_unreadable`, and `config_invalid` for a file that is not TOML; unless lenient also
 * `config_invalid`, `config_value_invalid` and `config_insecure` for what is in the files, the environment and the overrides.
 */
export async function loadConfig(input: LoadConfigInput): Promise<Config> {
  const { env, paths, cwd, terminal, defaultsOnly, useEnv, useFile } = input;
  const files = configFiles(env, paths, cwd);
  const sieve = createSieve({ env, paths, terminal });
  const loading: Loading = { input, files, texts: new Map(), sieve, errors: [], profiles: new Set() };
  if (useFile && !defaultsOnly) await readToml(loading, "file");
  if (useEnv && !defaultsOnly) sieve.add(variableEntries(env));
  sieve.add({ entries: (input.overrides ?? []).map(overrideEntry), faults: [] });
  if (!defaultsOnly) await readSecrets(loading);

  const { warning, ...choice } = chooseProfile({
    flag: input.profile,
    word: input.word,
    reservedWords: input.reservedWords,
    preferred: firstValue(sieve, "profile.default"),
    entries: sieve.entries(),
    sections: loading.profiles,
  });
  const resolver = sieve.resolver(choice.profile);
  const faulty = sieve.faults.length === 0 ? [] : await faultErrors(sieve.faults, loading.texts);
  const problems = [...loading.errors, ...faulty];
  if (problems.length > 0 && !input.lenient) throw problemsError(problems);
  const warnings = warning === undefined ? [] : [warning];
  return { ...choice, terminal, files, warnings, problems, ...lookups(resolver) };
}

/** What somebody set a key to that is read before the profile is known. Mostly nobody did, and that costs nothing. */
function firstValue(sieve: Sieve, key: "profile.default" | "secrets.backend"): string | undefined {
  if (!sieve.mentions(key)) return undefined;
  const found = sieve.resolver(null, key).find(key);
  return found === undefined || found.source === "defaults" ? undefined : String(found.resolved);
}

async function readToml(loading: Loading, source: "file" | "secrets"): Promise<void> {
  const path = source === "file" ? loading.files.config : loading.files.secrets;
  const text = readConfigText(path, { mustBePrivate: source === "secrets" });
  if (text === undefined) return;
  const [{ tomlParser }, { documentEntries }] = await Promise.all([
    import("./toml-document.ts"),
    import("./document-entries.ts"),
  ]);
  loading.texts.set(path, text);
  const found = documentEntries((await tomlParser())(text, path), source, path);
  for (const profile of found.profiles ?? []) loading.profiles.add(profile);
  loading.sieve.add(found);
}

/** From where `secrets.backend` says; that key itself never is a secret. */
async function readSecrets(loading: Loading): Promise<void> {
  const { sieve, files, input } = loading;
  try {
    if (firstValue(sieve, "secrets.backend") !== "keyring") return await readToml(loading, "secrets");
    const { keyringEntries, openKeyring } = await import("./keyring.ts");
    sieve.add(await keyringEntries(files.index, async () => input.keyring ?? (await openKeyring())));
  } catch (error) {
    const canWait = error instanceof HostError && (error.code === "config_insecure" || error.code === "keyring_failed");
    if (!canWait) throw error;
    loading.errors.push(error);
  }
}

function overrideEntry({ key, value, origin, scope = EVERYWHERE }: ConfigOverride): StoredEntry {
  return { key, value, source: "session", scope, origin, isSecret: isSecretName(key), rank: RANK.session };
}

/** One error for all problems: the first, with how many more there are and how to see them. */
export function problemsError(problems: readonly HostError[]): HostError {
  const first = problems[0]!;
  if (problems.length === 1) return first;
  const more = problems.length - 1;
  const { code, message, details } = first;
  return new HostError(code, `${message} (and ${more} more ${more === 1 ? "problem" : "problems"})`, {
    hint: 'run "osp config diagnostics" to see all of them',
    details: { ...details, more },
  });
}

function lookups(resolver: Resolver): Pick<Config, "find" | "keys" | "explain"> {
  return {
    find: (key) => asHostError(() => resolver.find(key)),
    keys: (prefix = "") => {
      const ids = resolver.ids().filter((id) => id.startsWith(keyId(prefix)));
      return ids.map((id) => resolver.candidates(id)[0]?.key ?? id).sort();
    },
    explain: (key) =>
      asHostError(() => {
        const candidates = resolver.candidates(key);
        return { key: candidates[0]?.key ?? key, winner: resolver.find(key), candidates, steps: resolver.steps(key) };
      }),
  };
}

function asHostError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FillError)) throw error;
    const { key, origin } = error.entry;
    throw faultError({ code: "config_invalid", text: error.message, key, origin });
  }
}
