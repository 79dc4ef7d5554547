// What the words of built-in commands are: ids, keys, files. Only what is known without a host is offered; agents, tasks and
// the like are not.

import type { Config } from "../../config/config.ts";
import { keySpec, schemaKeys } from "../../config/schema.ts";
import { offeredManifest } from "../../host/offered-tools.ts";
import { type Known, placesOf } from "./known.ts";
import {
  aliasOffers,
  choiceOffers,
  commandOffers,
  inOrder,
  nativeOffers,
  pluginOffers,
  profileOffers,
  providerOffers,
  themeOffers,
} from "./known-values.ts";
import { menuText, type Offer } from "./offer.ts";
import { pathOffers } from "./path-offers.ts";

/** The words before the one that is asked for, those of the command left out. */
type Before = readonly string[];
type Source = (known: Known, before: Before, typed: string) => Promise<readonly Offer[]> | readonly Offer[];

const files: Source = (known, _before, typed) => pathOffers(typed, placesOf(known));
const natives: Source = (known) => nativeOffers(known);
const nativesOrFiles: Source = (known, _before, typed) => [
  ...nativeOffers(known),
  ...pathOffers(typed, placesOf(known)),
];
const commands =
  (wanted?: "enabled" | "disabled"): Source =>
  (known) =>
    commandOffers(known, wanted);
const choices =
  (words: string): Source =>
  () =>
    choiceOffers(words);

/** By the words of the command: what each of its arguments is. */
export const WORDS: Readonly<Record<string, readonly Source[]>> = {
  "plugins enable": [commands("disabled")],
  "plugins disable": [commands("enabled")],
  "plugins clear-state": [commands()],
  "plugins select-provider": [commands(), (known, [command = ""]) => providerOffers(known, command)],
  "plugins clear-provider": [commands()],
  "plugins config": [(known) => pluginOffers(known)],
  "plugins dev": [files],
  "config get": [(known) => keyOffers(known)],
  "config explain": [(known) => keyOffers(known)],
  "config set": [(known) => keyOffers(known), (known, [key = ""]) => keyValueOffers(known, key)],
  "config unset": [(known) => setKeyOffers(known)],
  "theme show": [(known) => themeOffers(known)],
  "theme use": [(known) => themeOffers(known)],
  "alias add": [(known) => aliasOffers(known)],
  "alias remove": [(known) => aliasOffers(known)],
  completions: [choices("bash|zsh|fish")],
  "tools call": [natives, (known, [plugin = ""]) => toolOffers(known, plugin)],
  "tools dev": [files],
  "tools test": [files],
  "tools package": [nativesOrFiles, () => [], files],
  "tools install": [files],
  "tools uninstall": [nativesOrFiles],
  "tools rollback": [natives],
  "tools upgrade": [natives],
  "tools doctor": [nativesOrFiles],
  "tools reload": [natives],
  reload: [natives],
  "tools retry": [natives],
  "tools logs": [natives],
  "secrets list": [natives],
  "secrets set": [natives, (known, [plugin = ""]) => secretOffers(known, plugin)],
  "secrets unset": [natives, (known, [plugin = ""]) => secretOffers(known, plugin)],
  open: [natives],
  "permissions set": [toolNames, choices("auto|ask|deny")],
  "permissions reset": [toolNames],
  "permissions allow-host": [natives],
  "permissions revoke-host": [natives],
  "registry add": [files],
  "registry keygen": [files],
  "registry publish": [files, files],
  "registry validate": [files],
  "registry serve": [files],
  "manifest extract": [files],
  "manifest validate": [files],
  doctor: [choices("all|config|last|plugins|theme")],
};

/** What could stand as the next word of a built-in command. */
export async function wordsOf(
  known: Known,
  command: readonly string[],
  before: Before,
  typed: string,
): Promise<readonly Offer[]> {
  const source = WORDS[command.join(" ")]?.[before.length];
  return source === undefined ? [] : await source(known, before, typed);
}

/** By what the help calls the value of an option. */
const VALUES: Readonly<Record<string, Source>> = {
  FILE: files,
  LIB: files,
  DIR: files,
  KEYFILE: files,
  OLDKEYFILE: files,
  PLUGIN: natives,
  PLUGIN_ID: natives,
  "PLUGIN/TOOL": toolNames,
};

/** What an option's value may be, given its name in the help. */
export async function valuesFor(known: Known, name: string, typed: string): Promise<readonly Offer[]> {
  return Object.hasOwn(VALUES, name) ? await VALUES[name]!(known, [], typed) : [];
}

async function toolOffers(known: Known, plugin: string): Promise<Offer[]> {
  const manifest = await offeredManifest(known.paths, plugin);
  const tools = manifest?.capabilities.tools ?? [];
  return tools.map(({ id, description }) => ({ value: id, about: menuText(description) }));
}

async function toolNames(known: Known): Promise<Offer[]> {
  const plugins = nativeOffers(known).map(({ value }) => value);
  const found = await Promise.all(
    plugins.map(async (plugin) =>
      (await toolOffers(known, plugin)).map(({ value, about }) => ({ value: `${plugin}/${value}`, about })),
    ),
  );
  return found.flat();
}

/** The settings and secrets that a plugin declares. */
async function secretOffers(known: Known, plugin: string): Promise<Offer[]> {
  const manifest = await offeredManifest(known.paths, plugin);
  const fields = manifest?.capabilities.config?.sections.flatMap((section) => section.fields) ?? [];
  return [
    ...(manifest?.secrets ?? []).map(({ id, label }) => ({ value: id, about: menuText(label) })),
    ...fields.map(({ key, label }) => ({ value: key, about: menuText(label) })),
  ];
}

/** All keys that are known, and those that are set. */
async function keyOffers(known: Known): Promise<Offer[]> {
  const config = await known.config();
  const made = (await (await known.commands()).all()).flatMap(({ name }) => [
    `plugins.${name}.state`,
    `plugins.${name}.provider`,
  ]);
  const keys = new Set([...schemaKeys(), ...config.keys(), ...made]);
  return [...keys]
    .filter((key) => keySpec(key)?.isReadOnly === undefined)
    .map((value) => ({ value, about: menuText(keySpec(value)?.about) }));
}

/** The keys that somebody set somewhere. */
async function setKeyOffers(known: Known): Promise<Offer[]> {
  const config = await known.config();
  return config
    .keys()
    .filter((key) => isSet(config, key))
    .map((value) => ({ value, about: menuText(keySpec(value)?.about) }));
}

function isSet(config: Config, key: string): boolean {
  return config.explain(key).candidates.some(({ source }) => !["defaults", "presentation", "derived"].includes(source));
}

/** The values that a key may have, as far as there is a list of them. */
async function keyValueOffers(known: Known, key: string): Promise<readonly Offer[]> {
  const name = key.toLowerCase();
  if (name === "theme.name") return await themeOffers(known);
  if (name === "profile.default") return await profileOffers(known);
  const [, command, what] = /^plugins\.([^.]+)\.(state|provider)$/.exec(name) ?? [];
  if (what === "state") return inOrder(["enabled", "disabled"]);
  if (what === "provider") return await providerOffers(known, command!);
  const spec = keySpec(key);
  if (spec?.type === "bool") return inOrder(["true", "false"]);
  return inOrder((spec?.allowed ?? []).filter((word) => /^[a-z]/.test(word)));
}
