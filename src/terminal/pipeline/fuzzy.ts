// Whether a text is nearly another one: all its characters are there, in order and close together.

/** How many times as long as the wanted text the place may be in which its characters are found. */
const SPAN_FACTOR = 3;

/** Both in lower case. */
export function isFuzzyMatch(text: string, wanted: string): boolean {
  if (!hasInOrder(text, wanted)) return false;
  const spanMax = wanted.length * SPAN_FACTOR;
  const first = wanted[0]!;
  for (let start = text.indexOf(first); start !== -1; start = text.indexOf(first, start + 1)) {
    let at = start;
    let found = 0;
    for (; at < text.length && at < start + spanMax && found < wanted.length; at++)
      if (text[at] === wanted[found]) found++;
    if (found === wanted.length) return true;
  }
  return false;
}

/** Most texts do not even have the characters, and this shows it in one go. */
function hasInOrder(text: string, wanted: string): boolean {
  let at = -1;
  for (const char of wanted.split("")) {
    at = text.indexOf(char, at + 1);
    if (at === -1) return false;
  }
  return true;
}
