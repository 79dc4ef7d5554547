// The few pages that the host itself shows below /plugins. They load nothing and run nothing.

import type { HostAnswer } from "./host-answer.ts";

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy": pagePolicy([]),
} as const;

const STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}";

/** @param ancestors the origins that may show the page in a frame. */
export function pagePolicy(ancestors: readonly string[]): string {
  const mayFrame = ancestors.length === 0 ? "'none'" : ancestors.join(" ");
  return `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors ${mayFrame}; base-uri 'none'`;
}

/** For a person whose browser has no session of the plugin's owner. */
export function ownerNeededPage(pluginId: string, headers: Readonly<Record<string, string>>): HostAnswer {
  const id = escaped(pluginId);
  const body = `<h1>Authentication required</h1>
<p>This page of <b>${id}</b> is for the owner of this host. It opens with a link that is good for one use:</p>
<pre>osaurus open ${id}</pre>`;
  return {
    kind: "answer",
    status: 401,
    headers: { ...HEADERS, ...headers },
    body: page("Authentication required", body),
  };
}

/** Goes on to an address of this host, from a page of its own: what another site began would be without its cookie. */
export function goOnPage(location: string, headers: Readonly<Record<string, string>>): HostAnswer {
  const to = escaped(location);
  const body = `<p><a href="${to}">Go on</a></p>`;
  const refresh = `<meta http-equiv="refresh" content="0;url=${to}">`;
  return { kind: "answer", status: 200, headers: { ...HEADERS, ...headers }, body: page("Opening", body, refresh) };
}

function page(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8">${head}<title>${title}</title><style>${STYLE}</style></head>
<body>
${body}
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (one) => ENTITIES[one]!);
}
