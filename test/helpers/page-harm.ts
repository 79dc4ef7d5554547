// Whether a text that somebody else wrote does something in a page: runs, fetches, hides, or breaks what stands around it.

import type { Page } from "playwright-core";

/** Texts with all that a page might fall for, to be put wherever a plugin's words are shown. */
export const HARMFUL = {
  html: `<img src="http://evil.example/a.png" onerror="window.__ran=1"><script>window.__ran=1</script>`,
  attribute: `" onmouseover="window.__ran=1" autofocus onfocus="window.__ran=1" style="position:fixed;inset:0`,
  escapes: "\x1b[31mred\x1b]8;;http://evil.example/\x07link\x1b[0m\b\b\r",
  hidden: "safe\u202eexe.\u2066txt\u2069\u200b\u00ad\u{e0041}",
  long: "W".repeat(3_000),
} as const;

/** All of these at once. */
export const ALL_HARM: string = Object.values(HARMFUL).join(" ");

/** The same in Markdown, and what only Markdown has. */
export const MARKDOWN_HARM = `# Title ${HARMFUL.html}

${HARMFUL.html}

<iframe src="http://evil.example/frame"></iframe><style>* { display: none }</style>

[run](javascript:window.__ran=1) [data](data:text/html,<script>window.__ran=1</script>) [own](/api/v1/session) [up](//evil.example/)
[far](https://example.com/ "a title") <javascript:window.__ran=1> [ref]

![picture](http://evil.example/b.png "title") ![](http://evil.example/c.png)
[![both](http://evil.example/d.png)](javascript:window.__ran=1)

${HARMFUL.escapes} ${HARMFUL.hidden} &#x202e; &#27;

| ${HARMFUL.long.slice(0, 900)} | b |
| --- | --- |
| ${HARMFUL.html} | \`${HARMFUL.html}\` |

\`\`\`js" onclick="window.__ran=1
${HARMFUL.long}
\`\`\`

- [x] ${HARMFUL.attribute}

[ref]: javascript:window.__ran=1
`;

export interface HarmWatch {
  /** What is wrong now, a line each; none when all is well. */
  find(): Promise<string[]>;
}

/** Records from now on what the page asks for. @param origin the only one that it may ask. */
export function watchHarm(page: Page, origin: string): HarmWatch {
  const foreign: string[] = [];
  const dialogs: string[] = [];
  page.context().on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) foreign.push(url);
  });
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return {
    async find() {
      const found = await page.evaluate<string[]>(LOOK_FOR_HARM);
      return [
        ...foreign.map((url) => `asked for ${url}`),
        ...dialogs.map((text) => `showed a dialog: ${text}`),
        ...found,
      ];
    },
  };
}

/** A program for the page; gives a list of texts. */
const LOOK_FOR_HARM = String.raw`(() => {
  const found = [];
  if ("__ran" in window) found.push("a script ran");
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
    const names = wide.slice(-3).map((one) => one.tagName + "." + one.className);
    found.push("wider than the window by " + (scrollWidth - clientWidth) + " px: " + names.join(", "));
  }
  const hidden = /[\u202a-\u202e\u2066-\u2069\u200b\u00ad\u{e0000}-\u{e007f}\x1b\x07\x08]/u;
  if (hidden.test(document.body.innerHTML)) found.push("characters that nobody sees");
  if (hidden.test(document.title)) found.push("characters that nobody sees, in the title");
  for (const one of document.querySelectorAll("*")) {
    const tag = one.tagName.toLowerCase();
    if (["iframe", "object", "embed", "base"].includes(tag)) found.push("an element <" + tag + ">");
    if (tag === "script" && !one.src.startsWith(location.origin + "/ui/")) found.push("a script");
    for (const { name, value } of one.attributes) {
      const shown = "<" + tag + " " + name + '="' + value.slice(0, 60) + '">';
      if (/^on/i.test(name)) found.push(shown);
      if (!["href", "src", "action", "formaction", "xlink:href"].includes(name)) continue;
      if (value.startsWith("#") || value.startsWith("/ui/")) continue;
      if (tag === "link" && value.startsWith(location.origin + "/ui/assets/")) continue;
      const leadsOut = tag === "a" && /^(https?|mailto):/i.test(value);
      if (!leadsOut) found.push(shown);
      else if (!/\bnoopener\b/.test(one.rel)) found.push("hands the page on: " + shown);
    }
  }
  return found;
})()`;
