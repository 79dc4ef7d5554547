// What somebody changed on the settings page and did not save yet.

import type { Field } from "./setting-field.tsx";

/** Of the fields that somebody changed: the new value, or null for what is to be removed. */
export type Drafts = Readonly<Record<string, string | null>>;

/** What is as it was before is no change. Undefined takes the change back. */
export function withDraft(
  drafts: Drafts,
  { key, type, value }: Pick<Field, "key" | "type" | "value">,
  draft: string | null | undefined,
): Drafts {
  const { [key]: _, ...others } = drafts;
  const isSame = draft === undefined || (type !== "secret" && draft !== null && draft === value);
  return isSame ? others : { ...others, [key]: draft };
}

/** Without what was saved. What somebody typed meanwhile is still to be saved. */
export function withoutSaved(drafts: Drafts, saved: Drafts): Drafts {
  return Object.fromEntries(Object.entries(drafts).filter(([key, draft]) => draft !== saved[key]));
}
