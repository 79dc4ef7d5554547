// Whether a typed text gives somebody a secret who is known only once names are looked up: an alias may stand for
// `config set --secrets`, and a native tool may call anything a secret. Nothing is run for that.

import { lineWord, lineWords } from "../../base/line-words.ts";
import { resolvePaths } from "../../base/paths.ts";
import type { Config } from "../../config/config.ts";
import { HostError } from "../../protocol/errors.ts";
import { secretFlagsOf } from "../native-secret-flags.ts";
import { readConfig } from "../settings.ts";
import { commandLines } from "./command-lines.ts";
import { holdsSecret } from "./holds-secret.ts";
import { lineFlags, type ReplState } from "./repl-state.ts";

/** Of one line. More are spelled out only where they stand for each other many times over. */
const ALIASES_MAX = 50;

/**
 * Looks at the whole text, also at lines that were never run.
 *
 * @param shells the commands that were entered when the text was typed; it may enter others itself.
 */
export async function givesSecret(state: ReplState, shells: readonly string[], text: string): Promise<boolean> {
  const { io } = state;
  const lines = commandLines(text);
  // One line may make the alias that the next one uses.
  const config = lines.length > 1 ? await configOfNow(state) : state.config;
  const spelled = lines.map((line) => spelledOut(config, line, { left: ALIASES_MAX }));
  if (spelled.some((line) => holdsSecret(line))) return true;
  const words = [...shells, ...spelled.flatMap(wordsOf)];
  // A word may be a line itself, which an alias is to stand for.
  const parts = words.flatMap((word) => (/\s/.test(word) ? wordsOf(word) : [word]));
  return (await secretFlagsOf(resolvePaths({ env: io.env, platform: process.platform }), parts)).size > 0;
}

async function configOfNow(state: ReplState): Promise<Config> {
  try {
    return await readConfig({ io: state.io, flags: lineFlags(state), quiet: true });
  } catch (error) {
    if (error instanceof HostError) return state.config;
    throw error;
  }
}

function wordsOf(line: string): string[] {
  return lineWords(line).tokens.map(({ text }) => text);
}

/** The line with what an alias stands for in its place, wherever one is named; what it is told stands behind that. */
function spelledOut(config: Config, line: string, aliases: { left: number }, within: readonly string[] = []): string {
  const words = lineWords(line).tokens.map(({ kind, text }) => {
    if (kind === "bar") return text;
    const template = within.includes(text) ? undefined : textOf(config, `alias.${text}`);
    if (template === undefined || aliases.left-- <= 0) return lineWord(text);
    const filled = template.replaceAll(
      /\$\{\s*config\.([^}]+)\}/g,
      (_, key: string) => textOf(config, key.trim()) ?? "",
    );
    return spelledOut(config, filled, aliases, [...within, text]);
  });
  return words.join(" ");
}

function textOf(config: Config, key: string): string | undefined {
  try {
    const entry = config.find(key);
    return entry === undefined || entry.isSecret ? undefined : String(entry.resolved);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
