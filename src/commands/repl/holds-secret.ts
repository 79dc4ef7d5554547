// Whether a typed line has a secret in it, as far as its words tell. Such a line is forgotten once it was run.
//
// To forget one line too many costs somebody a few keys; to keep one too many costs more. So whatever may be a secret is one.

import { hideCredentials } from "../../base/hide-credentials.ts";
import { lineWords } from "../../base/line-words.ts";
import { isSecretName } from "../../config/secret-names.ts";

/** `password=x`, `"api_key": "x"`, `token == x`, and names of headers. */
const ASSIGNED = /([\w.-]+)["']?\s*(?:==?|:)\s*["']?[^\s"'=:]/g;
/** Words behind which a secret stands, where people write it without a flag. */
const ANNOUNCED = /(?:^|\s)(?:password|passwd|passphrase|passwort|pwd)\s+\S/i;
const OTHER_NAMES = /passwd|passphrase|passwort|\bpwd\b|credential|authorization|cookie/i;
/** How keys of well-known kinds begin; ours is the first. */
const KEYS =
  /\b(?:osk-v1\S{4}|sk-\S{8}|gh[pousr]_\w{8}|github_pat_\w{8}|xox[a-z]-\S{8}|AKIA[0-9A-Z]{12}|eyJ[\w-]{8,}\.[\w-]+\.)|-----BEGIN /;

export function holdsSecret(line: string): boolean {
  if (KEYS.test(line) || ANNOUNCED.test(line) || hideCredentials(line) !== line) return true;
  if ([...line.matchAll(ASSIGNED)].some(([, name]) => namesSecret(name!))) return true;
  return wordsHoldSecret(lineWords(line).tokens.map(({ text }) => text));
}

function wordsHoldSecret(words: readonly string[]): boolean {
  if (words.some((word, index) => isSecretFlag(word, words[index + 1]))) return true;
  // A word may hold a line itself: what an alias stands for, what a plugin is to run.
  if (words.some((word) => /\s/.test(word) && holdsSecret(word))) return true;
  const at = words.indexOf("set");
  const group = words[at - 1];
  if (at < 1 || (group !== "config" && group !== "secrets")) return false;
  return group === "secrets" || words.includes("--secrets") || words.slice(at + 1).some(namesSecret);
}

/** `--password x`, `--password=x`; not where nothing follows. */
function isSecretFlag(word: string, next: string | undefined): boolean {
  if (!word.startsWith("-")) return false;
  const [name = "", value] = word.split("=", 2);
  return namesSecret(name) && (value !== undefined || (next !== undefined && !next.startsWith("--")));
}

function namesSecret(name: string): boolean {
  return isSecretName(name) || OTHER_NAMES.test(name);
}
