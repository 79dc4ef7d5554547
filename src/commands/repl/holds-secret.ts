// Whether a typed line has a secret in it, as far as its words tell. Such a line is forgotten once it was run.
//
// To forget one line too many costs somebody a few keys; to keep one too many costs more. So whatever may be a secret is one.

import { hideCredentials } from "../../base/hide-credentials.ts";
import { lineWords } from "../../base/line-words.ts";
import { keySpec } from "../../config/schema.ts";
import { isSecretName } from "../../config/secret-names.ts";
import { flagToken } from "../flags.ts";

/** `password=x`, `"api_key": "x"`, `token == x`, `login[pin]=x`, and names of headers. */
const ASSIGNED = /(?<![\w.-])([\w.-]+)["'\])]{0,4}\s*[=!:~]{1,3}\s*["'[{(]{0,4}[^\s"'=:]/g;
/** Words behind which a secret stands, where people write it without a flag. */
const ANNOUNCES = /^(?:pass|passw(?:or)?d|passphrase|passcode|passwort|pwd?|pin|otp|totp|secret|token|bearer)$/i;
/** What is in the name of a secret, besides what the configuration knows, … */
const LIKE_SECRET = /pass|pwd|pw$|credential|cookie/i;
/** … and what is a whole part of one: `X-Auth`, `userPin`, `license_key`. */
const SECRET_PART = /^(?:o?auth2?|authorization|authentication|pin|otp|totp|mfa|2fa|tan|puk|psk|cvv|cvc|sid|key)$/;
/** `ada:hunter2`, as the value of a flag that names a user; and in front of a host, wherever it is. */
const WITH_USER = /^[^\s:/]*:[^\s/]/;
const WITH_USER_AND_HOST = /^[^\s:/@]+:[^\s/@]+@/;
/** How keys of well-known kinds begin; ours is the first. */
const KEYS = new RegExp(
  [
    String.raw`\b(?:osk-v1\S{4}|[spr]k[-_](?:live_|test_|\S{8})|gsk_\w{8}|gh[pousr]_\w{8}|github_pat_\w{8}|glpat-\S{8})`,
    String.raw`\b(?:xox[a-z]-\S{8}|xapp-\S{8}|hf_\w{8}|npm_\w{8}|pypi-\w{8}|whsec_\w{8}|dop_v1_\w{8}|shpat_\w{8})`,
    String.raw`\b(?:A[KS]IA[0-9A-Z]{12}|AIza[\w-]{8}|ya29\.\S{8}|SG\.[\w-]{8}|eyJ[\w-]{8,}\.[\w-]+\.)`,
    "-----BEGIN |AGE-SECRET-KEY-",
  ].join("|"),
);
/** A word may hold a line itself, and that one a word: what an alias stands for, what a plugin is to run. */
const DEPTH_MAX = 6;

export function holdsSecret(line: string, depth = 0): boolean {
  if (depth > DEPTH_MAX || KEYS.test(line) || hideCredentials(line) !== line) return true;
  for (const [, name] of line.matchAll(ASSIGNED)) if (namesSecret(name!)) return true;
  for (const words of stagesOf(line)) {
    if (wordsHoldSecret(words)) return true;
    if (words.some((word) => word !== line && /[\s"'\\]/.test(word) && holdsSecret(word, depth + 1))) return true;
  }
  return false;
}

/** The words of the command, and of each stage behind it. */
function stagesOf(line: string): string[][] {
  const stages: string[][] = [[]];
  for (const { kind, text } of lineWords(line).tokens) {
    if (kind === "bar") stages.push([]);
    else stages.at(-1)!.push(text);
  }
  return stages;
}

function wordsHoldSecret(words: readonly string[]): boolean {
  const isOne = (word: string, at: number) => {
    const next = words[at + 1];
    if (word.startsWith("-")) return isSecretFlag(word, next);
    return WITH_USER_AND_HOST.test(word) || (next !== undefined && ANNOUNCES.test(word));
  };
  return words.some(isOne) || setsSecret(words);
}

/** `--password x`, `--password=x`, `-u ada:x`, `-px`; not where nothing follows. */
function isSecretFlag(word: string, next: string | undefined): boolean {
  if (word === "--secrets") return true;
  const [, name = "", inline] = /^-+([^=]*)(?:=(.*))?$/s.exec(word)!;
  if (isSecretValue(name, inline ?? next)) return true;
  // A short flag may have its value right behind it.
  return isSecretValue(word[1] ?? "", word.slice(2));
}

function isSecretValue(name: string, value: string | undefined): boolean {
  if (value === undefined || value === "") return false;
  // Of a port, the number is shown everywhere.
  if (name === "p") return !/^\d+$/.test(value);
  return (/^u$|user|login/i.test(name) && WITH_USER.test(value)) || namesSecret(name);
}

/** `config set` and `secrets set`, with whatever else between: a value is one, unless its key is known for none. */
function setsSecret(words: readonly string[]): boolean {
  let group = "";
  return words.some((word, at) => {
    if (word === "secrets" || (word === "config" && group === "")) group = word;
    if (word !== "set" || group === "") return false;
    return group === "secrets" || (at + 2 < words.length && !isOpenKey(keyFrom(words, at + 1)));
  });
}

function keyFrom(words: readonly string[], from: number): string {
  for (let at = from; at < words.length; at++) {
    const word = words[at]!;
    if (!word.startsWith("-")) return word;
    if (flagToken(word)?.takesNext) at++;
  }
  return "";
}

/** A key of the program's own. What users call their own keys says little of what is in them. */
function isOpenKey(key: string): boolean {
  const type = keySpec(key)?.type;
  return type !== undefined && type !== "any" && !isSecretName(key);
}

function namesSecret(name: string): boolean {
  if (isSecretName(name) || LIKE_SECRET.test(name)) return true;
  const parts = name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();
  return parts.split(/[^a-z\d]+/).some((part) => SECRET_PART.test(part));
}
