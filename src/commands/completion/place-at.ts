// What could stand at the end of a command line: finds out whose line it is, in the order in which the program itself does,
// and asks that command's shape.

import { lineWords } from "../../base/line-words.ts";
import { configText } from "../../config/config.ts";
import { installedIds, offeredManifest } from "../../host/offered-tools.ts";
import { BUILT_IN_WORDS } from "../built-in-words.ts";
import { flagToken } from "../flags.ts";
import { peekRouting } from "../split-line.ts";
import { COMMANDS, findCommand } from "../tree.ts";
import { placeInCommand, takeQuietly } from "./command-shape.ts";
import { firstWords, sessionShape, subcommandOffers } from "./first-words.ts";
import { hostFlagOffers, hostFlagValues } from "./host-flags.ts";
import type { Known } from "./known.ts";
import { menuText, NOWHERE, type Place } from "./offer.ts";

/** Aliases may stand for aliases. */
const ALIASES_MAX = 20;

/**
 * The place at the end of a line without stages.
 *
 * @param words the words before the current one, without their quotes.
 * @param current the word at the cursor, up to it.
 */
export async function placeAt(known: Known, words: readonly string[], current: string, aliases = 0): Promise<Place> {
  const used = new Set<string>();
  let at = 0;
  for (; at < words.length; at++) {
    const flag = words[at] === "--" ? undefined : flagToken(words[at]!);
    if (flag === undefined) break;
    used.add(flag.name);
    takeQuietly(known, flag, words[at + 1]);
    if (!flag.takesNext) continue;
    if (++at === words.length)
      return { kept: "", typed: current, offers: await hostFlagValues(known, flag.name, current) };
  }
  const [word, ...rest] = words.slice(at);
  if (word === undefined) return await placeOfFirst(known, used, current);
  if (word.startsWith("-")) return NOWHERE;
  const session = known.isSession ? sessionShape(known, word) : undefined;
  if (session !== undefined) return await placeInCommand(known, session, rest, current);
  const routing = peekRouting(rest);
  known.flags.provider ??= routing.provider;
  if (BUILT_IN_WORDS.has(word) && known.flags.provider === undefined)
    return await builtIn(known, [word, ...rest], current);
  const config = await known.config(word);
  if (config.tookWord) {
    known.flags.profile = config.profile;
    return await placeAt(known, rest, current, aliases);
  }
  const template = configText(config, `alias.${word.toLowerCase()}`);
  if (template !== undefined) {
    if (aliases === ALIASES_MAX) return NOWHERE;
    return await placeAt(known, [...fixedWords(template), ...rest], current, aliases + 1);
  }
  known.flags.pluginDirs = [...known.flags.pluginDirs, ...routing.pluginDirs];
  return await pluginsCommand(known, word, rest, current);
}

async function placeOfFirst(known: Known, used: ReadonlySet<string>, current: string): Promise<Place> {
  if (!current.startsWith("-")) return { kept: "", typed: current, offers: await firstWords(known) };
  const equals = current.indexOf("=");
  if (equals === -1) return { kept: "", typed: current, offers: hostFlagOffers(known, "leading", used) };
  const [flag, typed] = [current.slice(0, equals), current.slice(equals + 1)];
  return { kept: `${flag}=`, typed, offers: await hostFlagValues(known, flag, typed) };
}

/** The words of an alias that do not depend on what follows it. */
function fixedWords(template: string): string[] {
  const { tokens } = lineWords(template.split("${", 1)[0]!);
  const bar = tokens.findIndex(({ kind }) => kind === "bar");
  return tokens.slice(0, bar === -1 ? undefined : bar).map(({ text }) => text);
}

async function builtIn(known: Known, words: readonly string[], current: string): Promise<Place> {
  const [word = "", ...typed] = words;
  let rest = typed;
  // The host's flags may also stand between a group's word and the next.
  for (let flag = flagToken(rest[0] ?? ""); flag !== undefined; flag = flagToken(rest[0] ?? "")) {
    takeQuietly(known, flag, rest[1]);
    if (flag.takesNext && rest.length === 1) break;
    rest = rest.slice(flag.takesNext ? 2 : 1);
  }
  if (word === "help") return await placeAt(known, rest, current);
  const entry = findCommand([word, ...rest]);
  if (entry !== undefined) {
    const { builtInShape } = await import("./built-in-shape.ts");
    const tokens = rest.slice(entry.words.length - 1);
    const hasFlags = [...tokens, current].some((token) => token.startsWith("-"));
    return await placeInCommand(known, await builtInShape(known, entry, hasFlags), tokens, current);
  }
  if (rest.length > 0) return NOWHERE;
  if (current.startsWith("-")) {
    return { kept: "", typed: current, offers: hostFlagOffers(known, "leading", new Set()) };
  }
  return { kept: "", typed: current, offers: subcommandOffers(COMMANDS, word) };
}

/** A word that is nobody's gives nothing; so does one that several plugins offer, until the line names one of them. */
async function pluginsCommand(known: Known, word: string, rest: readonly string[], current: string): Promise<Place> {
  const { provider } = known.flags;
  const command = await (await known.commands()).described(word, provider).catch(() => undefined);
  if (command !== undefined) {
    const { processShape } = await import("./process-shape.ts");
    return await placeInCommand(known, processShape(known, command), rest, current);
  }
  if (provider !== undefined || known.flags.defaultsOnly || installedIds(known.paths).length === 0) return NOWHERE;
  return await nativeTool(known, word, rest, current);
}

async function nativeTool(known: Known, word: string, rest: readonly string[], current: string): Promise<Place> {
  const manifest = await offeredManifest(known.paths, word);
  if (manifest === undefined) return NOWHERE;
  const tools = manifest.capabilities.tools ?? [];
  const [name, ...typed] = rest;
  if (name === undefined) {
    const offers = current.startsWith("-")
      ? hostFlagOffers(known, "anywhere", new Set())
      : tools.map(({ id, description }) => ({ value: id, about: menuText(description) }));
    return { kept: "", typed: current, offers };
  }
  const tool = tools.find(({ id }) => id === name);
  if (tool === undefined) return NOWHERE;
  const { nativeShape } = await import("./native-shape.ts");
  return await placeInCommand(known, nativeShape(known, tool), typed, current);
}
