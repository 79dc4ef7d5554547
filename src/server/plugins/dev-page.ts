// The page that an author sees while the dev server does not answer. It loads itself again, so that it gives way to the
// plugin's own as soon as that is there.

import type { HostAnswer } from "./host-answer.ts";

const RELOAD_SECONDS = 2;
const STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}";

/** @param problem what `refusal` would say. */
export function devServerDownPage(authority: string, problem: string): HostAnswer {
  const body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="${RELOAD_SECONDS}"><title>Dev server unreachable</title><style>${STYLE}</style></head>
<body>
<h1>The dev server does not answer</h1>
<p>This page comes from <b>http://${escaped(authority)}</b>, as Config/dev-proxy.json says. ${escaped(problem)}.</p>
<p>Start the dev server, and this page goes on by itself; or remove the file, and the plugin's own files are served.</p>
</body>
</html>
`;
  return {
    kind: "answer",
    status: 502,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'",
    },
    body,
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
