// Which questions somebody saw on this page, and which of them were answered here: so that people are told when one that they
// were reading was answered elsewhere, and nobody is told what they did themselves.

const seen = new Set<string>();

export function noteSeen(id: string): void {
  seen.add(id);
}

/** It was answered here, or the page said already what became of it. */
export function noteSettled(id: string): void {
  seen.delete(id);
}

/** Those that were seen here and do not wait any more, by their ids; each is given once. */
export function takeAnsweredElsewhere(before: Iterable<string>, now: ReadonlySet<string>): string[] {
  const gone = [...before].filter((id) => !now.has(id) && seen.has(id));
  for (const id of gone) seen.delete(id);
  return gone;
}
