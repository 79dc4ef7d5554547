// What the dashboard's pages may do, as browsers are told it.

/** @param port of this host on this machine, where plugins' pages are shown in frames. */
export function pageHeaders(port: number | undefined): Readonly<Record<string, string>> {
  return {
    "content-security-policy": policy(port),
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "cache-control": "no-store",
    ...FILE_HEADERS,
  };
}

export const FILE_HEADERS = {
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Programs come from this host's files alone; styles are also set by the components themselves. */
function policy(port: number | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    `frame-src 'self' http://*.localhost:${port}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join("; ");
}
