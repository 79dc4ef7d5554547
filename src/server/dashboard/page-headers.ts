// What the dashboard's pages may do, as browsers are told it.

/**
 * @param host the name and port that the page was asked for at: a `Host` header that was found to be the dashboard's.
 * @param port of this host on this machine, where plugins' pages are shown in frames.
 */
export function pageHeaders(host: string, port: number | undefined): Readonly<Record<string, string>> {
  return {
    "content-security-policy": policy(host, port),
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

/** Browsers know no other names there: with an underscore, for one, it would be no source at all. */
const NAME_IN_POLICIES = /^[a-z0-9.-]+(?::\d+)?$/i;

/**
 * Programs come from the dashboard's files alone, not from all of this origin: at names that were configured it has what plugins serve,
 * too. Without a scheme, a browser takes that of the page. Styles are also set by the components themselves.
 */
function policy(host: string, port: number | undefined): string {
  return [
    "default-src 'none'",
    `script-src ${NAME_IN_POLICIES.test(host) ? `${host}/ui/assets/` : "'self'"}`,
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
