// Tells the host's flags on a command line from what belongs to the command. The host's may stand anywhere before `--`,
// also among the command's own; a flag that the command declares is the command's; what follows `--` is never looked at.

import type { DescribedCommand, DescribedFlag } from "../protocol/process-plugin.ts";
import { type Flags, flagToken, takeFlag } from "./flags.ts";

/** Who a flag belongs to, as far as the command is concerned. */
type Owner = "nobody" | "command" | "command, value follows";

export interface FlagOwner {
  owns(token: string): Owner;
  /** Hears of each word that is no flag. */
  word(token: string): void;
  /** Whether flags that must stand before a plugin's command may stand here too. */
  readonly isBuiltIn: boolean;
}

/** Reads the flags before the first word. Gives the index of that word, or of what is neither flag nor word. */
export function takeLeadingFlags(flags: Flags, tokens: readonly string[]): number {
  for (let at = 0; at < tokens.length; at++) {
    const found = tokens[at] === "--" ? undefined : flagToken(tokens[at]!);
    if (found === undefined) return at;
    takeFlag(flags, found, tokens[at + 1]);
    if (found.takesNext) at++;
  }
  return tokens.length;
}

/** Takes the host's flags out of what stands behind a command; gives what is left for the command, in its order. */
export function splitLine(flags: Flags, tokens: readonly string[], owner: FlagOwner): string[] {
  const args: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token === "--") {
      for (const word of tokens.slice(at)) args.push(word);
      break;
    }
    const owned = owner.owns(token);
    const next = tokens[at + 1];
    if (owned !== "nobody") {
      args.push(token);
      if (owned === "command, value follows" && next !== undefined && next !== "--") {
        args.push(next);
        at++;
      }
      continue;
    }
    const found = flagToken(token);
    if (found === undefined || (found.spec.where === "leading" && !owner.isBuiltIn)) {
      args.push(token);
      if (!token.startsWith("-")) owner.word(token);
      continue;
    }
    takeFlag(flags, found, next);
    if (found.takesNext) at++;
    // A plugin makes its own help: the request reaches it as it was typed.
    if (!owner.isBuiltIn && (found.name === "--help" || found.name === "-h")) args.push(token);
  }
  if (!owner.isBuiltIn && args[0]?.toLowerCase() === "help") flags.help = true;
  return args;
}

/** The flags that decide which plugin is asked, before it is known what that plugin declares. */
export function peekRouting(tokens: readonly string[]): Pick<Flags, "pluginDirs" | "provider"> {
  const values = (name: string) => {
    const end = tokens.indexOf("--");
    return tokens.slice(0, end === -1 ? undefined : end).flatMap((token, index, all) => {
      if (token.startsWith(`${name}=`)) return [token.slice(name.length + 1)];
      return token === name && all[index + 1] !== undefined ? [all[index + 1]!] : [];
    });
  };
  return { pluginDirs: values("--plugin-dir"), provider: values("--plugin-provider")[0]?.trim() || undefined };
}

/** The flags of a plugin's command: a word that names a subcommand brings that one's into play, those before stay. */
export function describedOwner(command: DescribedCommand): FlagOwner {
  const known = new Map<string, DescribedFlag>(Object.entries(command.flags));
  let level = command;
  return {
    isBuiltIn: false,
    /** Alone, with `=value`, or with more letters behind a short one. */
    owns(token) {
      if (!token.startsWith("-") || token === "-") return "nobody";
      const exact = known.get(token);
      if (exact !== undefined) return exact.flag_only ? "command" : "command, value follows";
      if (known.has(token.split("=", 1)[0]!)) return "command";
      const isCluster = !token.startsWith("--") && [...token.slice(1)].some((letter) => known.has(`-${letter}`));
      return isCluster ? "command" : "nobody";
    },
    word(token) {
      const child = level.subcommands.find((one) => one.name === token.toLowerCase());
      if (child === undefined) return;
      level = child;
      for (const [name, flag] of Object.entries(child.flags)) known.set(name, flag);
    },
  };
}
