// What stands behind the question mark of a request: known names, each once, and numbers in their bounds.

import type { FastifyRequest } from "fastify";
import { HttpError } from "../http-error.ts";

/** Of a name that nobody knows, in what is said of it. */
const NAME_CHARS_SHOWN_MAX = 100;

export type Query<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** One value for each name; empty ones are none. Throws `request_invalid` for other names and for repeated ones. */
export function readQuery<Name extends string>({ query }: FastifyRequest, names: readonly Name[]): Query<Name> {
  const given = Object.entries(query as Readonly<Record<string, string | readonly string[]>>);
  for (const [name, value] of given) {
    if (!names.includes(name as Name)) {
      const shown = JSON.stringify(name.slice(0, NAME_CHARS_SHOWN_MAX));
      throw new HttpError("request_invalid", `the query has a member that is not known here: ${shown}`, {
        hint: names.length === 0 ? "this path takes no query" : `known: ${names.join(", ")}`,
      });
    }
    if (typeof value !== "string") throw new HttpError("request_invalid", `${name} is there more than once`);
  }
  return Object.fromEntries(given.filter(([, value]) => value !== "")) as Query<Name>;
}

/** Throws `request_invalid`. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (number >= min && number <= max) return number;
  throw new HttpError("request_invalid", `${name} has to be a whole number from ${min} to ${max}`);
}

/** Throws `request_invalid`. */
export function flag(name: string, text: string | undefined): boolean {
  if (text === undefined || text === "false") return false;
  if (text === "true") return true;
  throw new HttpError("request_invalid", `${name} has to be true or false`);
}
