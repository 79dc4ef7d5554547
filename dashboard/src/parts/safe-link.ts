// Which addresses of plugins and models people may follow from the dashboard.

const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/** The address in its plain form; undefined for what leads nowhere outside: scripts, data, files, addresses without a scheme. */
export function safeLink(href: string | undefined): string | undefined {
  // What a browser would leave out of an address, and what hides something in it, is in no honest one.
  if (href === undefined || !/^[a-z]+:[!-~\u00a1-\uffff]+$/i.test(href)) return undefined;
  const url = URL.parse(href);
  if (url === null || !SCHEMES.has(url.protocol)) return undefined;
  return url.username === "" && url.password === "" ? url.href : undefined;
}
