// The code of a link that `osaurus ui --print` printed.

const CODE = "osr_open";

/** Of a whole link, or of what somebody copied out of one. */
export function codeOf(pasted: string): string {
  const text = pasted.trim();
  return URL.parse(text)?.searchParams.get(CODE) ?? text;
}

/** Whether this very page was opened with a code. A code that is good for something is gone from the address at once. */
export function hadCode(): boolean {
  return new URLSearchParams(location.search).has(CODE);
}

/** A code that was used does not stand in the address any longer than it takes to say so. */
export function forgetCode(): void {
  history.replaceState(null, "", location.pathname);
}
