// Who may see and run a command, as its description asks for in "auth". This host signs nobody in and switches no
// features on, so whatever asks for either is out of reach here: hidden, or shown and refused.

import type { DescribedCommand } from "../../protocol/process-plugin.ts";
import { accessHint } from "./access-hint.ts";

export interface AccessOptions {
  /** The value of `auth.visible.plugins`: names between commas or blanks; none, or `*`, is everything. */
  readonly visiblePlugins?: string | undefined;
}

export interface Access {
  /** Otherwise it is treated as if it did not exist. */
  readonly visible: boolean;
  readonly runnable: boolean;
  /** Why it cannot be run, and what could be done about it; for a command that is visible and not runnable. */
  readonly reason?: string;
  readonly remedy?: string;
  /** For lists of commands; empty when nothing is asked for. */
  readonly hint: string;
  readonly visibility: Auth["visibility"];
  readonly requiredCapabilities: readonly string[];
  readonly featureFlags: readonly string[];
  /** The command and its subcommands, as far as the words named some. */
  readonly path: readonly string[];
}

type Auth = NonNullable<DescribedCommand["auth"]>;

const REMEDY = "this host has no sign-in: use the host that the plugin was made for";

/**
 * The access to a command, or to the subcommand that the words behind it name. What a command asks for holds for its
 * subcommands, too.
 */
export function accessOf(command: DescribedCommand, words: readonly string[], options: AccessOptions = {}): Access {
  const path = commandPath(command, words);
  const auths = path.flatMap(({ auth }) => auth ?? []);
  const visible = isListed(command.name, options.visiblePlugins) && !auths.some(hides);
  const reason = auths.map(whyDenied).find((one) => one !== undefined);
  const own = path.at(-1)!.auth;
  return {
    visible,
    runnable: visible && reason === undefined,
    ...(visible && reason !== undefined ? { reason, remedy: REMEDY } : {}),
    hint: accessHint(own),
    visibility: own?.visibility ?? "public",
    requiredCapabilities: own?.required_capabilities ?? [],
    featureFlags: own?.feature_flags ?? [],
    path: path.map(({ name }) => name),
  };
}

/** Whether the user's list of command names, if there is one, has this one. */
function isListed(name: string, visiblePlugins = ""): boolean {
  const names = visiblePlugins
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return names.length === 0 || names.includes("*") || names.includes(name);
}

function hides({ visibility, feature_flags: features, visible_session: session }: Auth): boolean {
  return visibility === "hidden" || features.length > 0 || asksForSession(session);
}

function whyDenied({
  visibility,
  required_capabilities: capabilities,
  run_session: session,
}: Auth): string | undefined {
  if (visibility === "capability_gated" && capabilities.length > 0) {
    return `it needs the ${capabilities.length === 1 ? "capability" : "capabilities"} ${capabilities.join(", ")}`;
  }
  if (visibility === "capability_gated" || visibility === "authenticated") return "it is for users who are signed in";
  if (!asksForSession(session)) return undefined;
  const { auth_strength: strength, credentials } = session!;
  const services = [...new Set(credentials.map(({ service }) => service))];
  if (services.length > 0) return `it needs credentials for ${services.join(", ")}`;
  return strength === "strong" ? "it is for users who are strongly signed in" : "it is for users who are signed in";
}

function asksForSession(session: Auth["visible_session"]): boolean {
  return session !== null && (session.auth_strength !== null || session.credentials.length > 0);
}

/** The command and the subcommands that the words name. What belongs to a flag is passed over, as are other words. */
function commandPath(command: DescribedCommand, words: readonly string[]): DescribedCommand[] {
  const path = [command];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--") break;
    const child = path.at(-1)!.subcommands.find(({ name }) => name === word.toLowerCase());
    if (child !== undefined) path.push(child);
    else if (takesNextWord(path, word)) at++;
  }
  return path;
}

/** Whether a word is a flag whose value is the next word; flags of the commands above count as well. */
function takesNextWord(path: readonly DescribedCommand[], word: string): boolean {
  const owner = path.findLast(({ flags }) => Object.hasOwn(flags, word));
  return owner !== undefined && !owner.flags[word]!.flag_only;
}
