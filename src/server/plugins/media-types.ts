// What the files of web UIs are served as, by the ends of their names ("Osaurus: Web UIs", static files).

const HTML = "text/html";

const BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ["html", HTML],
  ["htm", HTML],
  ["css", "text/css; charset=utf-8"],
  ["js", "application/javascript; charset=utf-8"],
  ["mjs", "application/javascript; charset=utf-8"],
  ["json", "application/json; charset=utf-8"],
  ["txt", "text/plain; charset=utf-8"],
  ["map", "application/json"],
  ["xml", "application/xml"],
  ["wasm", "application/wasm"],
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["svg", "image/svg+xml"],
  ["webp", "image/webp"],
  ["ico", "image/x-icon"],
  ["woff", "font/woff"],
  ["woff2", "font/woff2"],
  ["ttf", "font/ttf"],
  ["otf", "font/otf"],
]);

/** The type for a file name; that of a page says nothing of its charset, which depends on its bytes. */
export function webMediaType(name: string): string {
  const dot = name.lastIndexOf(".");
  return (dot === -1 ? undefined : BY_EXTENSION.get(name.slice(dot + 1).toLowerCase())) ?? "application/octet-stream";
}

export function isPage(mediaType: string): boolean {
  return mediaType === HTML;
}
