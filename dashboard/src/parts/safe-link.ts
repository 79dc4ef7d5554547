// Which addresses of plugins and models people may follow from the dashboard.

const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

interface Here {
  readonly hostname: string;
  readonly port: string;
}

/**
 * The address in its plain form; undefined for what leads nowhere outside: scripts, data, files, addresses without a scheme, and the
 * host itself, where somebody who is signed in would land at a page of another one's choice.
 */
export function safeLink(href: string | undefined, here: Here | undefined = globalThis.location): string | undefined {
  // What a browser would leave out of an address, and what hides something in it, is in no honest one.
  if (href === undefined || !/^[a-z]+:[!-~\u00a1-\uffff]+$/i.test(href)) return undefined;
  const url = URL.parse(href);
  if (url === null || !SCHEMES.has(url.protocol)) return undefined;
  if (here !== undefined && leadsBack(url, here)) return undefined;
  return url.username === "" && url.password === "" ? url.href : undefined;
}

/** This computer has many names, and the host sends those who come by another one to its own. */
function leadsBack(url: Here, here: Here): boolean {
  if (url.port !== here.port) return false;
  const hostname = url.hostname.replace(/\.$/, "");
  return hostname === here.hostname.replace(/\.$/, "") || isThisComputer(hostname);
}

/** As a browser writes addresses: numbers in four parts, letters small. */
function isThisComputer(hostname: string): boolean {
  if (/^(?:.+\.)?localhost$/.test(hostname) || /^127\.|^0\.0\.0\.0$/.test(hostname)) return true;
  return /^\[::(?:1|ffff:7f[0-9a-f]{2}:[0-9a-f]+|ffff:0:0)?\]$/.test(hostname);
}
