// The settings of a plugin as people see them to change them: in the sections and the order of its manifest, with everything
// that the manifest says of each, and with what is stored now. A secret's value is not in it, wherever it might be shown.

import type { Manifest } from "../protocol/manifest.ts";
import { type ConfigField, fillTemplate, isStored } from "../protocol/manifest-config.ts";
import { type DeclaredSetting, declaredSettings } from "./declared-settings.ts";

/** Where the plugin is found, for texts that say so. */
export interface PluginUrls {
  readonly pluginUrl: string;
  /** While the agent has a public address. */
  readonly tunnelUrl: string | undefined;
}

export interface SheetField {
  readonly key: string;
  /** `other`: it is stored, and the plugin does not declare it. */
  readonly type: ConfigField["type"] | "other";
  readonly label: string;
  readonly required: boolean;
  readonly isSet: boolean;
  /** It is required, has no default, and nothing is stored. */
  readonly isMissing: boolean;
  /** What is stored; never of a secret, nor of what the plugin does not declare. */
  readonly value?: string | undefined;
  readonly default?: string | undefined;
  readonly description?: string | undefined;
  /** Where to get it. */
  readonly url?: string | undefined;
  readonly field?: ConfigField | undefined;
  /** Of what only shows something. */
  readonly text?: string | undefined;
  /** Of a status. */
  readonly isConnected?: boolean | undefined;
}

interface SheetSection {
  /** Undefined for what stands in no section of the manifest. */
  readonly title: string | undefined;
  readonly kind: "secrets" | "declared" | "other";
  readonly fields: readonly SheetField[];
}

export interface SettingsSheet {
  readonly title: string | undefined;
  readonly sections: readonly SheetSection[];
}

type Stored = ReadonlyMap<string, string>;

/** @param manifest undefined: it is not known what the plugin declares. */
export function settingsSheet(
  pluginId: string,
  manifest: Manifest | undefined,
  stored: Stored,
  urls: PluginUrls,
): SettingsSheet {
  const declared = manifest === undefined ? new Map<string, DeclaredSetting>() : declaredSettings(manifest);
  const config = manifest?.capabilities.config;
  const fillIn = (template: string) =>
    fillTemplate(template, {
      plugin_id: pluginId,
      plugin_url: urls.pluginUrl,
      tunnel_url: urls.tunnelUrl,
      config: (key) => (declared.get(key)?.kind === "setting" ? stored.get(key) : undefined),
    });
  const fieldOf = (one: DeclaredSetting) => sheetField(one, stored, fillIn);
  const ofManifest = [...declared.values()];
  const secrets = ofManifest.filter(({ field }) => field === undefined).map(fieldOf);
  const sections = (config?.sections ?? []).map(({ title, fields }) => ({
    title,
    kind: "declared" as const,
    // Of a key that stands there twice the first field counts.
    fields: fields.flatMap((field) => ofManifest.find((one) => one.field === field) ?? []).map(fieldOf),
  }));
  const others = [...stored.keys()].filter((key) => !isSettable(declared.get(key))).sort();
  const all: SheetSection[] = [
    { title: undefined, kind: "secrets", fields: secrets },
    ...sections,
    { title: undefined, kind: "other", fields: others.map(otherField) },
  ];
  return { title: config?.title, sections: all.filter(({ fields }) => fields.length > 0) };
}

function isSettable(declared: DeclaredSetting | undefined): boolean {
  return declared !== undefined && (declared.field === undefined || isStored(declared.field));
}

function sheetField(one: DeclaredSetting, stored: Stored, fillIn: (template: string) => string): SheetField {
  const { key, kind, label, required, description, url, field } = one;
  const isSecret = kind === "secret";
  const value = stored.get(key);
  if (field?.type === "readonly" || field?.type === "status") {
    const plain = { key, type: field.type, label, required: false, isSet: false, isMissing: false, field };
    if (field.type === "readonly") return { ...plain, text: fillIn(field.value_template ?? "") };
    return { ...plain, isConnected: (stored.get(field.connected_when ?? "") ?? "") !== "" };
  }
  return {
    key,
    type: isSecret ? "secret" : one.type,
    label,
    required,
    isSet: value !== undefined,
    isMissing: required && one.default === undefined && (value ?? "") === "",
    value: isSecret ? undefined : value,
    default: one.default,
    description,
    url,
    field,
  };
}

function otherField(key: string): SheetField {
  return { key, type: "other", label: key, required: false, isSet: true, isMissing: false };
}
