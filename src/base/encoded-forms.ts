// How a secret looks where it was written in one of the common encodings: escaped in JSON in the ways that other programs
// escape, once or within another JSON text, in an address, in a form, in base64.

/** Base64 of less is short enough to occur by chance. */
const BASE64_CHARS_MIN = 12;

/** The value as JSON has it, without the quotation marks around it. */
export function jsonForm(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** All other forms; some of them may be the same. */
export function encodedForms(value: string): string[] {
  const json = [jsonForm(value), ...escapedForms(value)];
  return [...json.slice(1), ...json.map(jsonForm), ...percentForms(value), ...base64Forms(value)];
}

/** JSON with every escape that is allowed but not needed: slashes, what is not ASCII, both. */
function escapedForms(value: string): string[] {
  const json = jsonForm(value);
  const ascii = asciiOnly(json, (hex) => hex);
  const upper = asciiOnly(json, (hex) => hex.toUpperCase());
  return [...[json, ascii, upper].map((text) => text.replaceAll("/", "\\/")), ascii, upper];
}

function asciiOnly(json: string, write: (hex: string) => string): string {
  return json.replace(/[^\0-\x7e]/g, (char) => `\\u${write(char.charCodeAt(0).toString(16).padStart(4, "0"))}`);
}

function percentForms(value: string): string[] {
  const text = value.toWellFormed();
  const part = encodeURIComponent(text);
  // The strict form, in which nothing stays but letters, digits and `-._~`, as most other languages have it.
  const strict = part.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([["", text]]).toString().slice(1);
  const plus = strict.replaceAll("%20", "+");
  const path = strict.replaceAll("%2F", "/");
  const all = [part, strict, form, plus, path];
  return [...all, ...all.map((one) => one.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** Of the value alone: in the middle of something longer it looks otherwise. */
function base64Forms(value: string): string[] {
  if (value.length < BASE64_CHARS_MIN) return [];
  const bytes = Buffer.from(value);
  const whole = bytes.toString("base64");
  // When more follows, the last character depends on it.
  const certain = whole.slice(0, Math.floor((bytes.length * 8) / 6));
  const forms = [whole, whole.replace(/=+$/, ""), certain];
  return [...forms, ...forms.map((one) => one.replaceAll("+", "-").replaceAll("/", "_"))];
}
