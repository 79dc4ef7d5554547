// The public address that a relay gives an agent. It is handed to plugins, which put paths behind it and give it to others.

const URL_CHARS_MAX = 300;

/** Without a slash at the end; undefined when it is no address of a web server. */
export function publicUrlOf(text: string): string | undefined {
  const url = text.length > URL_CHARS_MAX ? null : URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  // Requests come with the path as it was asked for: there can be nothing in front of it.
  return url.href === `${url.origin}/` ? url.origin : undefined;
}
