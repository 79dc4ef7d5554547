// Lists of what has a name: themes, profiles, aliases, plugins, commands. For whatever takes one of them.

import { configList } from "../../config/config.ts";
import { BUILT_IN_THEMES, ownThemes } from "../../config/theme-names.ts";
import { installedIds } from "../../host/offered-tools.ts";
import type { Known } from "./known.ts";
import { menuText, type Offer } from "./offer.ts";

/** `auto|always|never` as it stands in the table of a flag; nothing for a text that is no such list. */
export function choiceOffers(value: string | undefined): Offer[] {
  const words = value?.includes("|") ? value.split("|") : [];
  return words.every((word) => /^[a-z][a-z0-9-]*$/.test(word)) ? inOrder(words) : [];
}

/** In the order in which they are given, among those that fit equally well. */
export function inOrder(values: readonly string[]): Offer[] {
  return values.map((value, index) => ({ value, sort: String(index) }));
}

export async function profileOffers(known: Known): Promise<Offer[]> {
  const { knownProfiles, profile } = await known.config();
  return knownProfiles.map((value) => ({ value, about: value === profile ? "the active profile" : "a profile" }));
}

export async function themeOffers(known: Known): Promise<Offer[]> {
  const folders = configList(await known.config(), "theme.path");
  return [
    ...BUILT_IN_THEMES.map((value) => ({ value, about: "a theme" })),
    ...ownThemes(folders).map((value) => ({ value, about: "a theme of your own" })),
  ];
}

export async function aliasOffers(known: Known): Promise<Offer[]> {
  const config = await known.config();
  return config.keys("alias.").map((key) => {
    const template = config.find(key)?.resolved;
    return { value: key.slice("alias.".length), about: menuText(`stands for ${String(template)}`) };
  });
}

/** The plugins that commands come from. */
export async function pluginOffers(known: Known): Promise<Offer[]> {
  return (await (await known.commands()).pluginIds()).map((value) => ({ value, about: "a process plugin" }));
}

/** The plugins that offer a command. */
export async function providerOffers(known: Known, command: string): Promise<Offer[]> {
  const all = await (await known.commands()).all();
  const found = all.find(({ name }) => name === command.toLowerCase());
  return (found?.providers ?? []).map(({ pluginId, source }) => ({ value: pluginId, about: `a plugin, ${source}` }));
}

/** The commands of process plugins, those first that are in the state that is asked for. */
export async function commandOffers(known: Known, wanted?: "enabled" | "disabled"): Promise<Offer[]> {
  return (await (await known.commands()).all()).map(({ name, about, state }) => ({
    value: name,
    about: menuText(state === "disabled" ? `off: ${about}` : about),
    group: wanted === undefined || state === wanted ? 0 : 1,
  }));
}

/** The ids of installed native plugins. */
export function nativeOffers({ paths }: Known): Offer[] {
  return installedIds(paths).map((value) => ({ value, about: "a native plugin" }));
}
