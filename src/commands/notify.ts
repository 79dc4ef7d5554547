// What built-in commands tell people on stderr: by the same levels as the messages of plugins, so that `-q` and
// `ui.message.verbosity` hold for both.

import { MESSAGE_LEVELS } from "../protocol/message-levels.ts";
import type { CommandIo } from "../terminal/io.ts";
import { printLabelled } from "../terminal/labelled.ts";
import { lookOf } from "../terminal/look.ts";
import type { Settings } from "./settings.ts";

/** Prints one line, unless the user wants to see less. */
export function notify(io: CommandIo, settings: Settings, level: "warning" | "success" | "info", text: string): void {
  if (MESSAGE_LEVELS.indexOf(level) > MESSAGE_LEVELS.indexOf(settings.upTo)) return;
  printLabelled(io.stderr, level, text, lookOf(io.stderr, io.env, settings.wish));
}
