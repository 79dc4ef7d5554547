import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INJECT_HELD_BYTES_MAX } from "../../protocol/limits.ts";
import { injectedPage, osaurusScript } from "./inject.ts";
import { HtmlInjector } from "./inject-stream.ts";

const MARK = "<script>HERE</script>";

function injected(page: string): string {
  return injectedPage(Buffer.from(page), MARK).toString();
}

/** @param pieces are streamed one after the other. */
async function streamed(pieces: readonly Uint8Array[], script = MARK): Promise<Buffer> {
  return await buffer(Readable.from(pieces, { objectMode: false }).pipe(new HtmlInjector(script)));
}

describe("the script goes", () => {
  // "|" is where it goes.
  test.each(
    [
      ["<!doctype html><html><head><title>t</title>|</head><body>b</body></html>"],
      ["<html><head>|</HEAD ><body></body></head>"],
      ["<head>|</head\n>"],
      ["<head>|</head/>"],
      ["<head><!-- </head> -->|</head>"],
      ["<head><!-->|</head>"],
      ["<head><!--->|</head>"],
      ["<head><!-- --!>|</head>"],
      ["<head><!-- -- > </head> -->|</head>"],
      ["<head><!----!x </head> -->|</head>"],
      ["<head><script>'</head>'</script>|</head>"],
      ["<head><script><!-- <script> </script> </head> --></script>|</head>"],
      ["<head><script><!-- </script>|</head>"],
      ["<head><script>'</scripty></head>'</SCRIPT >|</head>"],
      ["<head><style>a::after{content:'</head>'}</style>|</head>"],
      ["<head><title></head></title>|</head>"],
      ["<head><noscript><img></head></noscript>|</head>"],
      ["<head><template></head><p>a<template><body></template></head></template>|</head>"],
      ["<head><template><textarea></template></textarea></template>|</head>"],
      ["<head><meta content='</head>'>|</head>"],
      ['<head><meta content = "</head>" a=b>|</head>'],
    ].filter(([page]) => page!.includes("|")),
  )("before the end of the head: %s", (page) => {
    expect(injected(page.replace("|", ""))).toBe(page.replace("|", MARK));
  });

  test.each([
    ["<html><body class='a>b' data-x=\"</head>\">|text</body></html>"],
    ["<!doctype html><title>t</title><BODY\n>|text</head>"],
    ["<head></header><body>|"],
    ["<body ='>|'>"],
  ])("behind the begin of the body, where no head ends before: %s", (page) => {
    expect(injected(page.replace("|", ""))).toBe(page.replace("|", MARK));
  });

  test.each([
    ["|"],
    ["|text</head>"],
    ["|<p>text"],
    ["<!DOCTYPE html>|<p>text<body>"],
    ["<!-- c --><!doctype html>|\n<html><div></div></html>"],
    ["|<!-- only </head>"],
    ["|<script></head>"],
    ["|<title></head>"],
    ["|<textarea></head>"],
    ["|<head></head"],
    ["|<head></headx"],
    ["|<head></body></head>"],
    ["|<html>\n<plaintext></head>"],
    ["|< /head></head>"],
    ["\ufeff|<p>"],
  ])("to the begin of the document, where neither is there: %s", (page) => {
    expect(injected(page.replace("|", ""))).toBe(page.replace("|", MARK));
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    ..."<head> </head> </HEAD\t> <body> <body a='> </body> <!-- --> --!> <! <? > ' \" = / - a <script> </script> <style> </style>".split(
      " ",
    ),
    ...'<title> </title> <textarea> </textarea> <template> </template> <meta a=" <!doctype html> <noscript> </noscript> <html>'.split(
      " ",
    ),
    " ",
    "\n",
    "é",
  ),
  fc.string({ maxLength: 3 }),
);

test("however a page is cut into pieces, the stream gives what the whole gives, and nothing else is changed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(200), { maxLength: 12 }),
      async (parts, cuts) => {
        const page = Buffer.from(parts.join(""));
        const ends = [...new Set([...cuts.filter((cut) => cut < page.length), page.length])].sort((a, b) => a - b);
        const pieces = ends.map((end, at) => page.subarray(ends[at - 1] ?? 0, end));
        const whole = injectedPage(page, MARK);
        expect((await streamed(pieces)).toString()).toBe(whole.toString());
        expect(whole.toString().replace(MARK, "")).toBe(page.toString());
      },
    ),
    { numRuns: 500 },
  );
});

test.each(["utf16le", "utf16be"])("a page in %s gets the script in the same, wherever it is cut", async (encoding) => {
  const encoded = (text: string) => {
    const bytes = Buffer.from(text, "utf16le");
    return encoding === "utf16be" ? bytes.swap16() : bytes;
  };
  const page = encoded("\ufeff<!doctype html><head><title>漢</head></title></head>");
  const wanted = encoded(`\ufeff<!doctype html><head><title>漢</head></title>${MARK}</head>`);
  expect(injectedPage(page, MARK).equals(wanted)).toBe(true);
  const bytes = Array.from(page, (_, at) => page.subarray(at, at + 1));
  expect((await streamed(bytes)).equals(wanted)).toBe(true);
});

test("bytes that are no UTF-8 stay what they are", () => {
  const page = Buffer.from("<head><title>\xe9\xff</title></head>\xfe", "latin1");
  const wanted = Buffer.from(`<head><title>\xe9\xff</title>${MARK}</head>\xfe`, "latin1");
  expect(injectedPage(page, MARK).equals(wanted)).toBe(true);
});

test("what is behind the place passes at once", async () => {
  const injector = new HtmlInjector(MARK);
  injector.write("<head></head>");
  expect(String(injector.read())).toContain(MARK);
  injector.write("later");
  expect(String(injector.read())).toBe("later");
  injector.destroy();
});

test("a page is held back up to the limit, and no further", () => {
  const head = (bytes: number) => `<head><!--${"x".repeat(bytes - "<head><!---->".length)}-->`;
  // The name of the tag is over with the character behind it, which is the last that is looked at.
  const fits = head(INJECT_HELD_BYTES_MAX - "</head>".length);
  expect(injected(`${fits}</head>`)).toBe(`${fits}${MARK}</head>`);
  const beyond = head(INJECT_HELD_BYTES_MAX - "</head>".length + 1);
  expect(injected(`${beyond}</head>`)).toBe(`${MARK}${beyond}</head>`);
  const injector = new HtmlInjector(MARK);
  const chunk = Buffer.alloc(64 * 1024, "<!--".repeat(16 * 1024));
  let written = 0;
  while (injector.readableLength === 0) {
    injector.write(chunk);
    written += chunk.length;
  }
  expect(written).toBeLessThanOrEqual(INJECT_HELD_BYTES_MAX + 2 * chunk.length);
  injector.destroy();
});

test("a page of many megabytes without a head comes out whole", async () => {
  const chunk = Buffer.from("<!-- a comment, and no end of it ".repeat(2_000));
  const out = await streamed(Array.from({ length: 100 }, () => chunk));
  expect(out.length).toBe(100 * chunk.length + MARK.length);
});

interface Osaurus {
  readonly pluginId: string;
  fetch(input: unknown, init?: unknown): Promise<Response>;
}

/** What the script does in a page at that address. */
function inPage(facts: Partial<Parameters<typeof osaurusScript>[0]> = {}) {
  const sent: Request[] = [];
  const base = "http://127.0.0.1:1338/plugins/a.b/ui/index.html";
  class PageRequest extends Request {
    constructor(input: string | URL | Request, init?: RequestInit) {
      super(input instanceof Request ? input : new URL(input, base), init);
    }
  }
  const window = {
    Request: PageRequest,
    URL,
    location: new URL(base),
    fetch: async (request: Request) => void sent.push(request),
  } as Record<string, unknown>;
  const script = osaurusScript({ pluginId: "a.b", agentId: "A-1", apiMount: "/api", ...facts });
  runInNewContext(/^<script>(.*)<\/script>$/s.exec(script)![1]!, { window, Object, JSON });
  return { osaurus: window["__osaurus"] as Osaurus, sent, script, window };
}

const HEADER = "x-osaurus-agent-id";

describe("in a page", () => {
  test("it says whose page it is", () => {
    const { osaurus } = inPage();
    expect(osaurus).toMatchObject({
      pluginId: "a.b",
      agentId: "A-1",
      baseUrl: "/plugins/a.b",
      apiUrl: "/plugins/a.b/api",
    });
    expect(inPage({ apiMount: "" }).osaurus).toMatchObject({ apiUrl: "/plugins/a.b" });
  });

  test("a page can add to it, and change nothing of it", () => {
    const { osaurus } = inPage();
    Object.assign(osaurus, { mine: 1 });
    expect(osaurus).toMatchObject({ mine: 1 });
    expect(() => Object.assign(osaurus, { pluginId: "other" })).toThrow(TypeError);
  });

  test("fetch names the agent to this host, however the address is given", async () => {
    const { osaurus, sent } = inPage();
    const url = "http://127.0.0.1:1338/plugins/a.b/api/x";
    for (const input of ["../api/x", "/plugins/a.b/api/x", url, new URL(url), new Request(url)])
      await osaurus.fetch(input);
    expect(sent.map((request) => [request.url, request.headers.get(HEADER)])).toEqual(
      Array.from({ length: 5 }, () => [url, "A-1"]),
    );
  });

  test("fetch leaves what it was given as it is, and an agent that is named there", async () => {
    const { osaurus, sent } = inPage();
    const init = Object.freeze({ method: "POST", body: "b", headers: Object.freeze({ a: "b" }) });
    await osaurus.fetch("x", init);
    await osaurus.fetch("x", { headers: { "X-Osaurus-Agent-Id": "other" } });
    await osaurus.fetch(new Request("http://127.0.0.1:1338/", { method: "PUT", body: "c", headers: { d: "e" } }));
    expect(init.headers).toEqual({ a: "b" });
    expect(sent[0]).toMatchObject({ method: "POST" });
    expect(await sent[0]!.text()).toBe("b");
    expect(sent[0]!.headers.get("a")).toBe("b");
    expect(sent[1]!.headers.get(HEADER)).toBe("other");
    expect([sent[2]!.method, await sent[2]!.text(), sent[2]!.headers.get("d")]).toEqual(["PUT", "c", "e"]);
  });

  test("fetch names the agent to nobody else", async () => {
    const { osaurus, sent } = inPage();
    for (const url of ["http://127.0.0.1:1339/", "https://127.0.0.1:1338/", "http://example.org/"])
      await osaurus.fetch(url);
    expect(sent.map((request) => request.headers.get(HEADER))).toEqual([null, null, null]);
  });

  test("what cannot be asked for is a promise that fails", async () => {
    await expect(inPage().osaurus.fetch("http://[")).rejects.toThrow(TypeError);
  });

  test("no value ends the script or leaves ASCII", () => {
    const pluginId = "</script><!-- \u2028 \u2029 é & \\ \" '";
    const { script, osaurus } = inPage({ pluginId });
    expect(script.slice("<script>".length, -"</script>".length)).not.toMatch(/<\/|<!|[^ -~]/);
    expect(osaurus.pluginId).toBe(pluginId);
  });
});
