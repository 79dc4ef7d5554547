// The door to the settings and secrets of native plugins, for people: what there is, set or not; saving and removing. Values of
// secrets go in and never come out. What a plugin declares is read from files; one that left none is loaded for it.

import { randomUUID } from "node:crypto";
import type { Paths } from "../base/paths.ts";
import { findInstalled, listInstalled } from "../plugins/native/installed.ts";
import { toolsFolder } from "../plugins/native/tools-folder.ts";
import { HostError } from "../protocol/errors.ts";
import { PLUGIN_ID_CHARS_MAX } from "../protocol/limits.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { isStored } from "../protocol/manifest-config.ts";
import type { SecretName } from "../store/sealed-value.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { LIBRARY_ID_PREFIX } from "../tools/tool-names.ts";
import { checkKey, checkValue } from "./check-setting.ts";
import { type DeclaredSetting, declaredSettings } from "./declared-settings.ts";
import { signalSetting } from "./follow-settings.ts";
import { knownManifest } from "./known-manifest.ts";
import { type PluginUrls, type SettingsSheet, settingsSheet } from "./settings-sheet.ts";

export interface SettingsOptions {
  readonly paths: Pick<Paths, "data">;
  readonly secrets: Pick<SecretStore, "all" | "get" | "set" | "delete">;
  /** Loads an installed plugin that left no manifest. */
  loadManifest(pluginId: string): Promise<Manifest>;
}

/** One setting or secret; never its value. */
interface SettingRow extends Omit<DeclaredSetting, "kind" | "type" | "label" | "field"> {
  readonly pluginId: string;
  readonly agentId: string;
  /** `other`: it is stored, and the plugin does not declare it. */
  readonly kind: DeclaredSetting["kind"] | "other";
  readonly label: string | undefined;
  readonly type: DeclaredSetting["type"] | undefined;
  readonly isSet: boolean;
  /** It is required, has no default, and nothing is stored: the plugin may not work yet. */
  readonly isMissing: boolean;
}

/** Beside what was asked for: why it is not known what the plugin declares. */
interface Known {
  readonly unknownBecause: HostError | undefined;
}

interface Told {
  /** False when other hosts could not be told: their plugins learn of it when they are loaded next. */
  readonly isTold: boolean;
}

export interface Settings {
  /** What the plugin declares, then what is stored besides. Fails with `plugin_unknown`. */
  list(pluginId: string, agentId: string): Promise<Known & { readonly rows: readonly SettingRow[] }>;
  /**
   * Saves a value; hosts that run on tell the plugin, unless they cannot be told themselves (`isTold`). Fails with `plugin_unknown`, `setting_invalid`, `store_broken`.
   * Gives what the plugin says of it, and the keys that the plugin declares.
   */
  set(
    name: SecretName,
    value: string,
  ): Promise<Known & Told & { readonly declared: DeclaredSetting | undefined; readonly keys: readonly string[] }>;
  /** The same for people who change several: with the values of those that are no secrets. Fails with `plugin_unknown`. */
  sheet(pluginId: string, agentId: string, urls: PluginUrls): Promise<Known & { readonly sheet: SettingsSheet }>;
  /**
   * Saves several values, and removes those for which there is null. All are looked at before any is written: fails with
   * `setting_invalid`, whose details say by `fields` what is wrong with which. Else as `set` does.
   */
  save(
    pluginId: string,
    agentId: string,
    values: Readonly<Record<string, string | null>>,
  ): Promise<Told & { readonly keys: readonly string[] }>;
  /** Removes a value; gives whether there was one. Fails with `plugin_unknown`, `secret_unknown`, `store_broken`. */
  unset(name: SecretName): Promise<Told & { readonly wasSet: boolean }>;
}

/** Opens nothing yet. */
export function openSettings(options: SettingsOptions): Settings {
  const { secrets } = options;
  const tools = toolsFolder(options.paths);
  // Hosts in this process are told like all others.
  const tell = (name: SecretName) => signalSetting(tools, randomUUID(), name);
  return {
    async list(pluginId, agentId) {
      const { declared, unknownBecause } = await declaredBy(options, pluginId);
      const stored = await secrets.all(pluginId, agentId);
      const settable = [...declared.values()].filter(isSettable);
      const others = [...stored.keys()].filter((key) => !settable.some((one) => one.key === key)).sort();
      const rows = [
        ...settable.map(({ field: _field, ...one }) => ({
          pluginId,
          agentId,
          ...one,
          isSet: stored.has(one.key),
          isMissing: one.required && one.default === undefined && (stored.get(one.key) ?? "") === "",
        })),
        ...others.map((key) => ({ pluginId, agentId, key, ...UNDECLARED })),
      ];
      return { rows, unknownBecause };
    },
    async set(name, value) {
      checkKey(name.key);
      const { declared, unknownBecause } = await declaredBy(options, name.pluginId);
      const setting = declared.get(name.key);
      checkValue(name.key, value, setting);
      await secrets.set(name, value);
      const isTold = tell(name);
      const keys = [...declared.values()].filter(isSettable).map(({ key }) => key);
      return { declared: setting, keys, unknownBecause, isTold };
    },
    async sheet(pluginId, agentId, urls) {
      const { manifest, unknownBecause } = await declaredBy(options, pluginId);
      const stored = await secrets.all(pluginId, agentId);
      return { sheet: settingsSheet(pluginId, manifest, stored, urls), unknownBecause };
    },
    async save(pluginId, agentId, values) {
      const { declared } = await declaredBy(options, pluginId);
      checkAll(values, declared);
      let isTold = true;
      for (const [key, value] of Object.entries(values)) {
        const name = { pluginId, agentId, key };
        if (value === null) await secrets.delete(name);
        else await secrets.set(name, value);
        isTold = tell(name) && isTold;
      }
      return { isTold, keys: Object.keys(values) };
    },
    async unset(name) {
      checkKey(name.key);
      const { declared } = await declaredBy(options, name.pluginId);
      const wasSet = await isThere(secrets, name);
      if (!wasSet && !declared.has(name.key)) throw unknownSetting(name);
      await secrets.delete(name);
      return { wasSet, isTold: !wasSet || tell(name) };
    },
  };
}

const UNDECLARED = {
  label: undefined,
  kind: "other",
  type: undefined,
  required: false,
  isSet: true,
  isMissing: false,
  default: undefined,
  description: undefined,
  url: undefined,
} as const;

/** Throws `setting_invalid` for all that is wrong, each with its key. */
function checkAll(
  values: Readonly<Record<string, string | null>>,
  declared: ReadonlyMap<string, DeclaredSetting>,
): void {
  const wrong = Object.entries(values).flatMap(([key, value]) => {
    try {
      checkKey(key);
      if (value !== null) checkValue(key, value, declared.get(key));
      return [];
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== "setting_invalid") throw error;
      return [[key, error] as const];
    }
  });
  const [first, ...others] = wrong;
  if (first === undefined) return;
  const [, { message, hint }] = first;
  const fields = Object.fromEntries(wrong.map(([key, error]) => [key, error.message]));
  throw new HostError("setting_invalid", others.length === 0 ? message : `${message}, and ${others.length} more`, {
    ...(hint === undefined ? {} : { hint }),
    details: { fields },
  });
}

function isSettable({ field }: DeclaredSetting): boolean {
  return field === undefined || isStored(field);
}

/** A value that cannot be read is there as well: removing it is what helps. */
async function isThere(secrets: Pick<SecretStore, "get">, name: SecretName): Promise<boolean> {
  try {
    return (await secrets.get(name)) !== undefined;
  } catch (error) {
    if (error instanceof HostError && error.code === "store_broken") return true;
    throw error;
  }
}

/** What the plugin declares. Of one that does not load nothing is known, and its settings may be what it needs to load. */
async function declaredBy(
  options: SettingsOptions,
  pluginId: string,
): Promise<Known & { manifest: Manifest | undefined; declared: ReadonlyMap<string, DeclaredSetting> }> {
  if (isLibraryId(pluginId)) return { manifest: undefined, declared: new Map(), unknownBecause: undefined };
  const tools = toolsFolder(options.paths);
  const installed = await findInstalled(tools, pluginId);
  if (installed === undefined) {
    const others = (await listInstalled(tools)).map((plugin) => plugin.pluginId);
    throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
      hint: others.length > 0 ? `installed: ${others.join(", ")}` : '"osaurus tools install" installs one',
    });
  }
  try {
    const manifest = knownManifest(installed) ?? (await options.loadManifest(pluginId));
    return { manifest, declared: declaredSettings(manifest), unknownBecause: undefined };
  } catch (error) {
    if (!(error instanceof HostError) || error.code === "interrupted") throw error;
    return { manifest: undefined, declared: new Map(), unknownBecause: error };
  }
}

/** Libraries that are called without being installed keep their settings under such a name; nobody knows which there are. */
function isLibraryId(pluginId: string): boolean {
  if (!pluginId.startsWith(LIBRARY_ID_PREFIX)) return false;
  const id = pluginId.slice(LIBRARY_ID_PREFIX.length);
  const isId = id.trim() !== "" && id.length <= PLUGIN_ID_CHARS_MAX && id.isWellFormed() && !/^\.|[/\\\0]/.test(id);
  if (isId) return true;
  throw new HostError("plugin_unknown", `no library can have the id "${id}"`, {
    hint: `settings of libraries are kept under "${LIBRARY_ID_PREFIX}" and the plugin_id in the library's manifest`,
  });
}

function unknownSetting({ pluginId, key }: SecretName): HostError {
  return new HostError(
    "secret_unknown",
    `nothing is stored under "${key}", and "${pluginId}" declares no such setting`,
    {
      hint: `"osaurus secrets list ${pluginId}" lists what there is`,
    },
  );
}
