// What may stand in an alias: a command line with `${1}`, `${1:otherwise}`, `${*}` and `${config.KEY}` in it, and how it
// becomes the line that is run. Arguments and values are data: whatever is in them, they stay one word each, and no `|`,
// quote or operator in them means anything.

import { HostError } from "../protocol/errors.ts";

export interface Filling {
  /** The n-th argument, from 1; undefined when there is none. */
  argument(place: number): string | undefined;
  readonly all: readonly string[];
  /** Throws for a key that has no value or may not be shown. */
  configured(key: string): string;
}

type Hole =
  | { readonly kind: "argument"; readonly place: number; readonly otherwise: string | undefined }
  | { readonly kind: "all" }
  | { readonly kind: "config"; readonly key: string };

type Quote = "'" | '"' | undefined;

/** A piece of a template: text as it stands, or a hole with the quotes that it stands in. */
type Part = { readonly text: string } | { readonly hole: Hole; readonly quote: Quote };

export interface AliasTemplate {
  readonly parts: readonly Part[];
  /** Whether it says where arguments go; otherwise they follow the command's words. */
  readonly placesArguments: boolean;
}

/** The template in its parts, or what is wrong with it. */
export function parseAlias(template: string): AliasTemplate | string {
  if (template.trim() === "") return "is empty";
  const parts: Part[] = [];
  let text = "";
  let quote: Quote;
  for (let at = 0; at < template.length; at++) {
    const char = template[at]!;
    if (template.startsWith("${", at)) {
      const close = template.indexOf("}", at);
      if (close === -1) return 'has a placeholder without its closing "}"';
      const hole = holeOf(template.slice(at + 2, close).trim());
      if (hole === undefined) return `has a placeholder that means nothing: ${template.slice(at, close + 1)}`;
      parts.push({ text }, { hole, quote });
      text = "";
      at = close;
      continue;
    }
    text += char;
    if (char === "\\" && quote !== "'") {
      // It would take what is put behind it.
      if (at + 1 === template.length) return 'ends in "\\"';
      text += template[++at]!;
    } else if (char === quote) quote = undefined;
    else if (quote === undefined && (char === "'" || char === '"')) quote = char;
  }
  parts.push({ text });
  if (quote !== undefined) return "has a quote that is never closed";
  const placesArguments = parts.some((part) => "hole" in part && part.hole.kind !== "config");
  return { parts, placesArguments };
}

function holeOf(inside: string): Hole | undefined {
  if (inside === "*" || inside === "@") return { kind: "all" };
  const [, place, otherwise] = /^([1-9]\d{0,3})(?::(.*))?$/s.exec(inside) ?? [];
  if (place !== undefined) return { kind: "argument", place: Number(place), otherwise };
  const [, key] = /^config\.(.+)$/s.exec(inside) ?? [];
  return key === undefined ? undefined : { kind: "config", key: key.trim() };
}

/** The line that the template stands for. Throws `usage_invalid` when an argument is missing. */
export function fillAlias(name: string, { parts }: AliasTemplate, filling: Filling): string {
  return parts
    .map((part) => {
      if ("text" in part) return part.text;
      const { hole, quote } = part;
      const put = (value: string) => fitted(value, quote);
      if (hole.kind === "config") return put(filling.configured(hole.key));
      if (hole.kind === "all") return quote === undefined ? filling.all.map(put).join(" ") : put(filling.all.join(" "));
      const given = filling.argument(hole.place);
      if (given !== undefined) return put(given);
      // Written by whoever wrote the template, and a part of it.
      if (hole.otherwise !== undefined) return hole.otherwise;
      throw new HostError("usage_invalid", `alias "${name}" needs argument ${hole.place}`, {
        hint: `"osp alias list" shows what it stands for`,
      });
    })
    .join("");
}

/** The value so that a reader of the line finds just it, at this place. */
function fitted(value: string, quote: Quote): string {
  if (quote === '"') return value.replaceAll(/["\\]/g, "\\$&");
  const inSingle = value.replaceAll("'", `'"'"'`);
  if (quote === "'") return inSingle;
  return /^[\w.:/@%+,[\]-]+$/.test(value) ? value : `'${inSingle}'`;
}
