// What the browser's tab says of a section. Its heading is that of all settings.

import { plainText } from "../parts/plain-text.ts";

export function SectionTitle({ name }: { readonly name: string }) {
  return <title>{`${plainText(name)} · Settings · Osprey`}</title>;
}
