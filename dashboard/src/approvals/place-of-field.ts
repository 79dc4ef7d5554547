// Finds a member in JSON text that may be broken, for a cursor: where it is not sure, it says nothing.

/**
 * @param field the way to it, with points between the names: `items.0.name`.
 */
export function placeOfField(text: string, field: string): { readonly from: number; readonly to: number } | undefined {
  const names = field.split(".").filter((name) => name !== "" && !/^\d+$/.test(name));
  let from = -1;
  let name = "";
  for (const next of names) {
    const found = text.indexOf(JSON.stringify(next), from + 1);
    // A member that is missing is to be added where the ones around it are.
    if (found === -1) break;
    from = found;
    name = JSON.stringify(next);
  }
  return from === -1 ? undefined : { from, to: from + name.length };
}
