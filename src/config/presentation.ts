// The sets of defaults that `ui.presentation` names. They count for more than the built-in defaults and for less than
// whatever anybody set.

import type { ConfigValue } from "./config.ts";

const PRESETS: Readonly<Record<string, Readonly<Record<string, ConfigValue>>>> = {
  expressive: {
    "ui.chrome.frame": "top-bottom",
    "ui.table.border": "round",
    "repl.simple_prompt": false,
    "repl.intro": "full",
  },
  compact: {
    "ui.unicode.mode": "never",
    "ui.chrome.frame": "top",
    "ui.table.border": "square",
    "ui.messages.layout": "compact",
    "repl.simple_prompt": true,
    "repl.intro": "compact",
  },
  austere: {
    "ui.mode": "plain",
    "ui.unicode.mode": "never",
    "ui.color.mode": "never",
    "ui.chrome.frame": "none",
    "ui.table.border": "square",
    "ui.messages.layout": "austere",
    "repl.simple_prompt": true,
    "repl.intro": "minimal",
  },
};

/** Whether any preset has a value for the key. */
export function isPresented(key: string): boolean {
  return Object.values(PRESETS).some((preset) => Object.hasOwn(preset, key));
}

/** What a preset says of a key. */
export function presentedValue(preset: string, key: string): ConfigValue | undefined {
  const values = Object.hasOwn(PRESETS, preset) ? PRESETS[preset] : undefined;
  return values !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
}
