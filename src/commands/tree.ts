// The command tree: which words lead to which file. A command's module is loaded only when it runs or its help is asked.

import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly words: readonly string[];
  readonly about: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    words: ["plugins", "list"],
    about: "list process plugins and what is wrong with them",
    load: async () => (await import("./plugins-list.ts")).pluginsList,
  },
  {
    words: ["tools", "list"],
    about: "list installed native plugins and their tools",
    load: async () => (await import("./tools-list.ts")).toolsList,
  },
  {
    words: ["tools", "call"],
    about: "call one tool of a native plugin",
    load: async () => (await import("./tools-call.ts")).toolsCall,
  },
  {
    words: ["manifest", "extract"],
    about: "print the manifest inside a library",
    load: async () => (await import("./manifest-extract.ts")).manifestExtract,
  },
];

/** The longest command that the words begin with, and how many words it took; nothing when no command matches. */
export function findCommand(words: readonly string[]): CommandEntry | undefined {
  return COMMANDS.filter((entry) => entry.words.every((word, index) => words[index] === word)).sort(
    (a, b) => b.words.length - a.words.length,
  )[0];
}

/** Whether a word opens a group of built-in commands (`tools`, `plugins`, ...): such a word is never a plugin's. */
export function isGroup(word: string): boolean {
  return COMMANDS.some((entry) => entry.words[0] === word);
}
