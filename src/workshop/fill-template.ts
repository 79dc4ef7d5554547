// Puts a project's names into the files of a template, in their text and in their paths: `{{name}}` and the like. What only
// looks like a variable stays as it is.

import type { ProjectNames } from "./project-names.ts";

/** Replaces variables in a text. */
export type Fill = (text: string) => string;

/** @param texts values of further variables, which may hold variables themselves. */
export function fillWith(names: ProjectNames, texts: ReadonlyMap<string, string>): Fill {
  const { name, pluginId, title, module, type } = names;
  const values = new Map([
    ...texts,
    ...Object.entries({ name, plugin_id: pluginId, title, module, Type: type } satisfies Record<string, string>),
  ]);
  const fill: Fill = (text) =>
    text
      .replaceAll(/^[ \t]*\{\{(\w+)\}\}\n/gm, (line, key) => (values.get(key) === "" ? "" : line))
      .replaceAll(/\{\{(\w+)\}\}/g, (written, key) => {
        const value = values.get(key);
        return value === undefined ? written : fill(value);
      });
  return fill;
}
