// A plugin's messages on stderr: worst first, only down to the level that the user wants to see.

import { MESSAGE_LEVELS, type MessageLevel, type PluginMessage } from "../protocol/process-plugin.ts";
import type { Output } from "./io.ts";
import { harmlessLines } from "./labelled.ts";
import { type Look, styled } from "./look.ts";

const DEFAULT_LEVEL = MESSAGE_LEVELS.indexOf("info");
const STYLE = { error: "red", warning: "yellow", success: "green", info: "blue", trace: "dim" } as const;

/** The last level that is shown: `info`, one further for each `-v`, one less for each `-q`, never less than errors. */
export function verbosity(steps: number): MessageLevel {
  const index = Math.min(Math.max(DEFAULT_LEVEL + steps, 0), MESSAGE_LEVELS.length - 1);
  return MESSAGE_LEVELS[index]!;
}

/** Prints each message as `level: text`, grouped by level. */
export function printMessages(
  stderr: Output,
  messages: readonly PluginMessage[],
  { upTo, look }: { upTo: MessageLevel; look: Look },
): void {
  for (const level of MESSAGE_LEVELS.slice(0, MESSAGE_LEVELS.indexOf(upTo) + 1)) {
    for (const message of messages) {
      if (message.level !== level) continue;
      stderr.write(`${styled(`${level}:`, STYLE[level], look)} ${harmlessLines(message.text.trim())}\n`);
    }
  }
}
