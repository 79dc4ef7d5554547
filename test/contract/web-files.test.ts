// Static files of web UIs, as a browser gets them, and as somebody who wants other files tries to.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { WEB_FILE_KEPT_BYTES_MAX } from "../../src/protocol/limits.ts";
import { eventually } from "../helpers/eventually.ts";
import { AGENT as FOR_AGENT, type GatedPlugins, gatePlugins, OPEN } from "../helpers/gated-plugins.ts";
import { openRaw, requestText } from "../helpers/served-host.ts";
import { swapping } from "../helpers/swapping.ts";
import { AGENT, PLUGIN, type ServedFolder, serveFolder } from "../helpers/web-folder.ts";

const OUTSIDE = "outside, and a secret";
const PAGE = "<!doctype html><html><head><title>t</title></head><body>page</body></html>";

/** A page, a script, and a file beside the folder. */
async function served(options?: Parameters<typeof serveFolder>[0]): Promise<ServedFolder> {
  const web = await serveFolder(options);
  web.write("index.html", PAGE);
  web.write("assets/app.js", "let a;");
  writeFileSync(join(web.folder, "secret.txt"), OUTSIDE);
  return web;
}

function errorOf(text: string): string {
  return (JSON.parse(text) as { error: { message: string } }).error.message;
}

/** Files that this process has open below a folder. */
function openBelow(folder: string): string[] {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(folder));
}

/** Without the rights of root, for whom nothing is closed; who is somebody else runs it as he is. */
async function asNobody<T>(folder: string, run: () => Promise<T>): Promise<T> {
  if (process.geteuid!() !== 0) return await run();
  chmodSync(folder, 0o755);
  process.seteuid!(65_534);
  try {
    return await run();
  } finally {
    process.seteuid!(0);
  }
}

/** As if all files had been written a minute ago, so that they are kept. */
function minuteLater(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
}

describe("which file", () => {
  test.each([
    ["/assets/app.js", "assets/app.js"],
    ["//assets//./app.js", "assets/app.js"],
    ["/%61ssets%2Fapp%2Ejs", "assets/app.js"],
    ["/.well-known/hidden", ".well-known/hidden"],
    ["/100%25.txt", "100%.txt"],
    ["/%zz.txt", "%zz.txt"],
    ["/a%252eb", "a%2eb"],
    ["/with%20space+plus", "with space+plus"],
    ["/back%5Cslash", "back\\slash"],
    ["/back\\slash", "back\\slash"],
    ["/...", "..."],
    ["/a..b", "a..b"],
    ["/%C3%A9t%C3%A9.txt", "e\u0301te\u0301.txt"],
    ["/e%CC%81te%CC%81.txt", "\u00e9t\u00e9.txt"],
    ["/a%3Fb%23c", "a?b#c"],
    ["/assets/app.js?v=1&osr_agent=x", "assets/app.js"],
  ])("%s is %s", async (rest, name) => {
    const web = await served();
    web.write(name, "wanted");
    expect(await web.get(rest)).toMatchObject({ status: 200, text: "wanted" });
  });

  test.each([
    "",
    "/",
    "/?a=b",
    "/settings/profile",
    "/assets",
    "/assets/",
    "/assets/app.js/",
    "/gone.js",
    "/circle",
    "/dangling",
    "/%FF",
  ])("%j is no file, and gets the entry page", async (rest) => {
    const web = await served();
    symlinkSync("circle", join(web.folder, "web/circle"));
    symlinkSync("nowhere", join(web.folder, "web/dangling"));
    const { status, text, headers } = await web.get(rest);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(text).toContain("<body>page</body>");
  });

  test("without an entry page, what is no file is not found", async () => {
    const web = await serveFolder();
    const { status, text, headers } = await web.get("/anything");
    expect([status, errorOf(text)]).toEqual([404, "File not found"]);
    expect(headers).toMatchObject({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  });

  test("the folder and the entry page are those of the manifest", async () => {
    const web = await served({ web: { static_dir: "./dist/ui/", entry: "pages/main.html" } });
    mkdirSync(join(web.folder, "dist/ui/pages"), { recursive: true });
    writeFileSync(join(web.folder, "dist/ui/pages/main.html"), "<body>other</body>");
    expect((await web.get("/")).text).toContain("other");
    const whole = await served({ web: { static_dir: "." } });
    expect((await whole.get("/secret.txt")).text).toBe(OUTSIDE);
  });
});

describe("what lies outside", () => {
  test.each([
    "/..",
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/.%2E/secret.txt",
    "/..%2fsecret.txt",
    "/assets/../../secret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/%00",
    "/index.html%00.js",
  ])("%s is no path", async (rest) => {
    const web = await served();
    const { status, text } = await web.get(rest);
    expect([status, errorOf(text)]).toEqual([400, "Invalid path"]);
  });

  test.each([
    "/..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/%u002e./secret.txt",
  ])("%s is a name like any other, of nothing", async (rest) => {
    const web = await served();
    const { status, text } = await web.get(rest);
    expect(status).toBe(200);
    expect(text).toContain("<body>page</body>");
  });

  test("links that lead inside are followed, and those that lead out are refused, also to where nothing is", async () => {
    const web = await served();
    const link = (target: string, name: string) => symlinkSync(target, join(web.folder, "web", name));
    link("assets/app.js", "to-file.js");
    link("assets", "to-folder");
    link("to-file.js", "to-link.js");
    link(join(web.folder, "web/assets/app.js"), "absolute.js");
    for (const rest of ["/to-file.js", "/to-folder/app.js", "/to-link.js", "/absolute.js"]) {
      expect(await web.get(rest), rest).toMatchObject({ status: 200, text: "let a;" });
    }
    link("../secret.txt", "out-file");
    link("..", "out-folder");
    link("out-file", "out-chain");
    link("../../nowhere", "out-nothing");
    link("/etc", "etc");
    link("/dev/zero", "zero");
    for (const rest of [
      "/out-file",
      "/out-folder/secret.txt",
      "/out-folder/gone",
      "/out-chain",
      "/out-nothing",
      "/etc/passwd",
      "/zero",
    ]) {
      const { status, text } = await web.get(rest);
      expect([rest, status, errorOf(text)]).toEqual([rest, 403, "Access denied"]);
    }
  });

  test("a pipe is refused, and nobody waits for it", async () => {
    const web = await served();
    execFileSync("mkfifo", [join(web.folder, "web/pipe")]);
    symlinkSync("pipe", join(web.folder, "web/to-pipe"));
    for (const rest of ["/pipe", "/to-pipe"]) expect((await web.get(rest)).status).toBe(403);
  });

  test("what may not be read is refused", async () => {
    const web = await served();
    const file = join(web.folder, "web/assets/app.js");
    expect((await asNobody(web.folder, () => web.get("/assets/app.js"))).status).toBe(200);
    chmodSync(file, 0);
    expect((await asNobody(web.folder, () => web.get("/assets/app.js"))).status).toBe(403);
  });

  test("a folder that is not there, that is none or that lies outside of the plugin's own is refused", async () => {
    const web = await served();
    const place = join(web.folder, "web");
    expect((await web.get("/")).status).toBe(200);
    renameSync(place, join(web.folder, "real"));
    expect((await web.get("/")).status).toBe(403);
    symlinkSync("real", place);
    expect((await web.get("/assets/app.js")).text).toBe("let a;");
    rmSync(place);
    symlinkSync("/etc", place);
    expect((await web.get("/passwd")).status).toBe(403);
    rmSync(place);
    writeFileSync(place, "");
    expect((await web.get("/")).status).toBe(403);
    rmSync(web.folder, { recursive: true });
    expect((await web.get("/")).status).toBe(403);
  });

  test("an entry page that is a link to the outside is refused", async () => {
    const web = await serveFolder();
    writeFileSync(join(web.folder, "secret.txt"), OUTSIDE);
    symlinkSync("../secret.txt", join(web.folder, "web/index.html"));
    for (const rest of ["/", "/gone"]) expect((await web.get(rest)).status).toBe(403);
  });
});

describe("a file that is swapped for a link to the outside", () => {
  /** The file is a small one, or one that is not kept in memory. */
  async function swapped(kind: "file" | "folder", inside: string) {
    const web = await served();
    const at = (name: string) => join(web.folder, "web", name);
    mkdirSync(join(web.folder, "outside"));
    writeFileSync(join(web.folder, "outside/x.js"), OUTSIDE);
    if (kind === "folder") {
      mkdirSync(at("one"));
      writeFileSync(at("one/x.js"), inside);
      symlinkSync("../outside", at("other"));
    } else {
      writeFileSync(at("one"), inside);
      symlinkSync("../outside/x.js", at("other"));
    }
    minuteLater();
    await swapping(at("place"), at("one"), at("other"));
    return { web, rest: kind === "folder" ? "/place/x.js" : "/place" };
  }

  test.each([
    ["file", "small"],
    ["folder", "small"],
    ["file", "large"],
    ["folder", "large"],
  ] as const)("is never read through it: a %s, %s", async (kind, size) => {
    const inside = size === "small" ? "inside" : "x".repeat(WEB_FILE_KEPT_BYTES_MAX + 1);
    const { web, rest } = await swapped(kind, inside);
    const seen = new Set<number>();
    for (let round = 0; round < 200 || (round < 5_000 && !(seen.has(200) && seen.has(403))); round++) {
      const { status, text } = await web.get(rest);
      seen.add(status);
      expect(text).not.toContain(OUTSIDE);
      if (status === 200 && !text.includes("<body>page</body>")) expect(text === inside).toBe(true);
    }
    expect([...seen].sort()).toEqual([200, 403]);
  });

  test("is read by whoever looks at its path first and opens it then", async () => {
    const { web } = await swapped("file", "inside");
    const place = join(web.folder, "web/place");
    const seen = new Set<string>();
    for (let round = 0; round < 100_000 && !seen.has(OUTSIDE); round++) {
      const real = await realpath(place).catch(() => "");
      if (real.startsWith(join(web.folder, "web/"))) seen.add(await readFile(place, "utf8").catch(() => ""));
    }
    expect(seen).toContain(OUTSIDE);
  });
});

describe("files that are kept", () => {
  test.each([10, WEB_FILE_KEPT_BYTES_MAX, WEB_FILE_KEPT_BYTES_MAX + 1])("are never stale: %i bytes", async (size) => {
    const web = await served();
    const path = join(web.folder, "web/a.txt");
    writeFileSync(path, "1".repeat(size));
    utimesSync(path, 1_000_000_000, 1_000_000_000);
    minuteLater();
    const first = await web.get("/a.txt");
    expect((await web.get("/a.txt")).text).toBe("1".repeat(size));
    writeFileSync(path, "2".repeat(size));
    utimesSync(path, 1_000_000_000, 1_000_000_000);
    const second = await web.get("/a.txt", { "if-none-match": first.headers.etag! });
    expect([second.status, second.text]).toEqual([200, "2".repeat(size)]);
    rmSync(path);
    expect((await web.get("/a.txt")).text).toContain("<body>page</body>");
  });

  test.each([10, WEB_FILE_KEPT_BYTES_MAX + 1])("are refused once a link leads out: %i bytes", async (size) => {
    const web = await served();
    const at = (name: string) => join(web.folder, "web", name);
    web.write("sub/a.txt", "1".repeat(size));
    web.write("b.txt", "1".repeat(size));
    symlinkSync("b.txt", at("link.txt"));
    minuteLater();
    for (const rest of ["/sub/a.txt", "/b.txt", "/link.txt"]) {
      for (let round = 0; round < 2; round++) expect(await web.get(rest)).toMatchObject({ status: 200 });
    }
    renameSync(at("sub"), join(web.folder, "sub"));
    symlinkSync("../sub", at("sub"));
    rmSync(at("link.txt"));
    symlinkSync("../secret.txt", at("link.txt"));
    for (const rest of ["/sub/a.txt", "/link.txt"]) expect((await web.get(rest)).status, rest).toBe(403);
    expect((await web.get("/b.txt")).status).toBe(200);
    renameSync(at("b.txt"), join(web.folder, "b.txt"));
    symlinkSync("../b.txt", at("b.txt"));
    expect((await web.get("/b.txt")).status).toBe(403);
  });

  test("are found again once they were replaced, like a new version of a plugin", async () => {
    const web = await served();
    minuteLater();
    expect((await web.get("/assets/app.js")).text).toBe("let a;");
    rmSync(join(web.folder, "web"), { recursive: true });
    web.write("assets/app.js", "let b;");
    expect((await web.get("/assets/app.js")).text).toBe("let b;");
  });
});

describe("what the client has already", () => {
  test("a file has a tag and a time by which it need not be sent again, for an hour not even asked for", async () => {
    const web = await served();
    const { headers } = await web.get("/assets/app.js");
    expect(headers).toMatchObject({
      "content-type": "application/javascript; charset=utf-8",
      "content-length": "6",
      "cache-control": "public, max-age=3600",
      "accept-ranges": "bytes",
    });
    for (const condition of [
      { "if-none-match": headers.etag! },
      { "if-none-match": `"x", W/${headers.etag}` },
      { "if-modified-since": headers["last-modified"]! },
    ]) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await web.get("/assets/app.js", condition, method);
        expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, "", headers.etag]);
        expect(answer.headers["content-length"]).toBeUndefined();
      }
    }
    expect((await web.get("/assets/app.js", { "if-none-match": '"x"' })).status).toBe(200);
  });

  test("caches between us and others keep the owner's files apart", async () => {
    const owners = await served({ web: { auth: "owner" } });
    expect((await owners.get("/assets/app.js")).headers.vary).toBe("Authorization, Cookie");
    expect((await (await served()).get("/assets/app.js")).headers.vary).toBeUndefined();
  });
});

describe.each([
  ["small", 1_000],
  ["large", WEB_FILE_KEPT_BYTES_MAX + 1_000],
])("parts of a %s file", (_, size) => {
  const bytes = Buffer.from(Array.from({ length: size }, (__, at) => at % 251));

  async function withFile() {
    const web = await served();
    web.write("data.bin", bytes);
    return web;
  }

  test.each([
    ["bytes=0-9", 0, 9],
    ["bytes=500-", 500, size - 1],
    ["bytes=-10", size - 10, size - 1],
    ["bytes=990-999999999", 990, size - 1],
    ["bytes=-999999999", 0, size - 1],
  ])("%s are those from %i to %i", async (range, first, last) => {
    const web = await withFile();
    const answer = await web.get("/data.bin", { range });
    expect(answer.status).toBe(206);
    expect(answer.headers).toMatchObject({
      "content-range": `bytes ${first}-${last}/${size}`,
      "content-length": String(last - first + 1),
      "content-type": "application/octet-stream",
    });
    expect(answer.bytes.equals(bytes.subarray(first, last + 1))).toBe(true);
  });

  test.each([`bytes=${size}-`, "bytes=-0"])("there are none in %s", async (range) => {
    const web = await withFile();
    const { status, headers, text } = await web.get("/data.bin", { range });
    expect([status, headers["content-range"], errorOf(text)]).toEqual([
      416,
      `bytes */${size}`,
      "Range not satisfiable",
    ]);
  });

  test("the whole is sent when several are asked for, none that make sense, or by HEAD", async () => {
    const web = await withFile();
    for (const range of ["bytes=0-1,3-4", "bytes=5-1", "bytes=x", "lines=0-1"]) {
      const answer = await web.get("/data.bin", { range });
      expect([range, answer.status]).toEqual([range, 200]);
      expect(answer.bytes.equals(bytes)).toBe(true);
    }
    const head = await web.get("/data.bin", { range: "bytes=0-1" }, "HEAD");
    expect([head.status, head.headers["content-length"], head.text]).toEqual([200, String(size), ""]);
  });

  test("the whole is sent to who has parts of another state", async () => {
    const web = await withFile();
    const { etag } = (await web.get("/data.bin")).headers;
    const status = async (condition: string) =>
      (await web.get("/data.bin", { range: "bytes=0-1", "if-range": condition })).status;
    expect(await status(etag!)).toBe(206);
    expect(await status(`W/${etag}`)).toBe(200);
    web.write("data.bin", bytes);
    expect(await status(etag!)).toBe(200);
  });
});

describe("large files", () => {
  test("are sent from any place in them", async () => {
    const web = await served();
    const path = join(web.folder, "web/huge.bin");
    const size = 5_000_000_000;
    writeFileSync(path, "begin");
    truncateSync(path, size - 3);
    execFileSync("sh", ["-c", 'printf end >> "$0"', path]);
    expect((await web.get("/huge.bin", {}, "HEAD")).headers["content-length"]).toBe(String(size));
    const last = await web.get("/huge.bin", { range: "bytes=-3" });
    expect([last.headers["content-range"], last.text]).toEqual([`bytes ${size - 3}-${size - 1}/${size}`, "end"]);
    expect((await web.get("/huge.bin", { range: "bytes=0-4" })).text).toBe("begin");
  });

  test("are closed when all is sent, when nothing was to be sent, and when the client goes away", async () => {
    const web = await served();
    web.write("big.bin", Buffer.alloc(20_000_000));
    const path = join(web.folder, "web/big.bin");
    expect((await web.get("/big.bin")).bytes).toHaveLength(20_000_000);
    const { etag } = (await web.get("/big.bin", {}, "HEAD")).headers;
    await web.get("/big.bin", { "if-none-match": etag! });
    await web.get("/big.bin", { range: "bytes=99999999-" });
    await eventually(() => expect(openBelow(web.folder)).toEqual([]));
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await web.open("/big.bin")));
    expect(openBelow(web.folder)).toEqual(Array(5).fill(path));
    for (const answer of answers) answer.destroy();
    await eventually(() => expect(openBelow(web.folder)).toEqual([]));
  });

  test("are closed when the client stops reading", async () => {
    const web = await served({ idleMs: 100 });
    web.write("big.bin", Buffer.alloc(50_000_000));
    const answer = await web.open("/big.bin");
    answer.pause();
    const broken = new Promise((done) => answer.once("error", done));
    await vi.waitFor(() => expect(openBelow(web.folder)).toEqual([]), { timeout: 10_000 });
    answer.resume();
    expect(await broken).toMatchObject({ code: "ECONNRESET" });
  });

  test("break off when they become shorter, so that nobody takes a part for the whole", async () => {
    const web = await served();
    web.write("big.bin", Buffer.alloc(50_000_000));
    const answer = await web.open("/big.bin");
    truncateSync(join(web.folder, "web/big.bin"), 1_000);
    const broken = new Promise((done) => answer.once("error", done));
    answer.resume();
    expect(await broken).toMatchObject({ code: "ECONNRESET" });
    await eventually(() => expect(openBelow(web.folder)).toEqual([]));
  });
});

describe("pages", () => {
  test("get the script of their agent, its cookie, and are kept by nobody", async () => {
    const web = await served({ context: { agentCookie: "osr_agent=x; HttpOnly" } });
    for (const rest of ["/", "/index.html", "/settings"]) {
      const { headers, text } = await web.get(rest, { range: "bytes=0-1", "if-none-match": "*" });
      expect(text).toMatch(/<script>.*<\/script><\/head><body>page/s);
      expect(text).toContain(PLUGIN);
      expect(text).toContain(AGENT);
      expect(headers).toMatchObject({ "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
      expect(headers["set-cookie"]).toEqual(["osr_agent=x; HttpOnly"]);
      for (const name of ["etag", "last-modified", "accept-ranges"]) expect(headers[name]).toBeUndefined();
      const head = await web.get(rest, {}, "HEAD");
      expect([head.text, head.headers["content-length"]]).toEqual(["", headers["content-length"]]);
    }
    expect((await web.get("/assets/app.js")).headers["set-cookie"]).toBeUndefined();
  });

  test.each([
    ["UTF-8", Buffer.from("<head></head>\u00e9"), "text/html; charset=utf-8"],
    ["Latin 1", Buffer.from("<head></head>\u00e9", "latin1"), "text/html"],
    ["UTF-16", Buffer.from("\ufeff<head></head>", "utf16le"), "text/html"],
  ])("in %s say so, or nothing", async (_, bytes, type) => {
    const web = await served();
    web.write("p.html", bytes);
    expect((await web.get("/p.html")).headers["content-type"]).toBe(type);
    const long = bytes.toString("latin1").startsWith("\xff") ? Buffer.from("  ", "utf16le") : Buffer.from("  ");
    // The last character of the first piece is cut.
    const tail = type === "text/html" ? long : Buffer.from(" \u00e9");
    const odd = type === "text/html" ? 0 : 1;
    const padding = Buffer.alloc(WEB_FILE_KEPT_BYTES_MAX + odd - bytes.length, tail);
    web.write("long.html", Buffer.concat([bytes, padding, Buffer.alloc(3, " ")]));
    expect((await web.get("/long.html")).headers["content-type"]).toBe(type);
  });

  test("that are long get it as well, without being in memory as a whole", async () => {
    const web = await served();
    const body = "x".repeat(WEB_FILE_KEPT_BYTES_MAX);
    web.write("long.html", `<head><title>t</title></head>${body}`);
    const { status, text, headers } = await web.get("/long.html");
    expect([status, headers["cache-control"], headers["content-length"]]).toEqual([200, "no-store", undefined]);
    expect(text).toContain(`${AGENT}`);
    expect(text.endsWith(body)).toBe(true);
    expect(await web.get("/long.html", {}, "HEAD")).toMatchObject({ status: 200, text: "" });
    await eventually(() => expect(openBelow(web.folder)).toEqual([]));
  });

  test("that are long and that nobody reads to their end are closed", async () => {
    const web = await served();
    web.write("long.html", Buffer.alloc(20_000_000, "x"));
    const answer = await web.open("/long.html");
    expect(openBelow(web.folder)).toHaveLength(1);
    answer.destroy();
    await eventually(() => expect(openBelow(web.folder)).toEqual([]));
  });

  test("are found at the mount with a slash by browsers, so that relative addresses hold", async () => {
    const web = await served();
    const navigate = { "sec-fetch-mode": "navigate" };
    for (const [rest, location] of [
      ["", `/plugins/${PLUGIN}/ui/`],
      ["?osr_agent=a&x=%2F?", `/plugins/${PLUGIN}/ui/?osr_agent=a&x=%2F?`],
    ] as const) {
      const { status, headers } = await web.get(rest, navigate);
      expect([status, headers.location, headers["cache-control"]]).toEqual([307, location, "no-store"]);
    }
    expect((await web.get("/", navigate)).status).toBe(200);
    expect((await web.get("", { "sec-fetch-mode": "cors" })).status).toBe(200);
  });
});

describe("what is not theirs to do", () => {
  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s is no method for files", async (method) => {
    const web = await served();
    const { status, headers, text } = await web.get("/assets/app.js", {}, method);
    expect([status, headers.allow, errorOf(text)]).toEqual([405, "GET, HEAD", "Method not allowed"]);
  });

  test("pages of others must not show what is not exposed, and what policies there are stay", async () => {
    const closed = await served({ headers: { "content-security-policy": "sandbox allow-scripts" } });
    for (const rest of ["/", "/assets/app.js", "/%00"]) {
      const policy = (await closed.get(rest)).headers["content-security-policy"];
      expect(policy).toBe("sandbox allow-scripts, frame-ancestors 'self'");
    }
    const exposed = await served({ web: { tunnel_exposed: true } });
    expect((await exposed.get("/")).headers["content-security-policy"]).toBeUndefined();
  });
});

describe("behind all that stands before a plugin", () => {
  let host: GatedPlugins;
  let folder: string;
  beforeAll(async () => {
    host = await gatePlugins({ times: { unreadMs: 200 } });
    folder = join(host.home.env.OSAURUS_HOME!, "Tools", OPEN, "1.0.0");
  });
  afterAll(async () => await host.stop());

  test("files and pages are served, and what is no path is refused", async () => {
    const file = await host.ask(`GET /plugins/${OPEN}/ui/app.js`, [host.here, FOR_AGENT]);
    expect([file.status, file.body, file.headers.get("content-type")]).toEqual([
      200,
      "export {};",
      "application/javascript; charset=utf-8",
    ]);
    const again = [host.here, FOR_AGENT, `if-none-match: ${file.headers.get("etag")}`];
    expect((await host.ask(`GET /plugins/${OPEN}/ui/app.js`, again)).status).toBe(304);
    expect((await host.ask(`HEAD /plugins/${OPEN}/ui/app.js`, [host.here, FOR_AGENT])).body).toBe("");
    const page = await host.ask(`GET /plugins/${OPEN}/ui/?osr_agent=${DEFAULT_AGENT_ID}`, [host.here]);
    expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(page.body).toContain(DEFAULT_AGENT_ID);
    expect(page.headers.get("set-cookie")).toMatch(/^osr_agent=.*; HttpOnly/);
    expect(page.headers.get("content-length")).toBe(String(Buffer.byteLength(page.body)));
    const outside = await host.ask(`GET /plugins/${OPEN}/ui/%2e%2e/receipt.json`, [host.here, FOR_AGENT]);
    expect([outside.status, errorOf(outside.body)]).toEqual([400, "Invalid path"]);
    const posted = await host.ask(`POST /plugins/${OPEN}/ui/app.js`, [host.here, FOR_AGENT], "text");
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("a link that leads out is refused, and what it leads to stays unseen", async () => {
    symlinkSync("../receipt.json", join(folder, "web/link.json"));
    const { status, body } = await host.ask(`GET /plugins/${OPEN}/ui/link.json`, [host.here, FOR_AGENT]);
    expect([status, errorOf(body)]).toEqual([403, "Access denied"]);
  });

  test("a large file is closed when its reader stops reading", async () => {
    writeFileSync(join(folder, "web/big.bin"), Buffer.alloc(50_000_000));
    const socket = openRaw(host.port);
    onTestFinished(() => void socket.destroy());
    let bytes = 0;
    const begun = new Promise<void>((done) => {
      socket.on("data", (chunk) => {
        bytes += chunk.length;
        done();
      });
    });
    socket.write(requestText(`GET /plugins/${OPEN}/ui/big.bin`, [host.here, FOR_AGENT]));
    await begun;
    socket.pause();
    await vi.waitFor(() => expect(openBelow(join(folder, "web"))).toEqual([]), { timeout: 10_000 });
    const gone = new Promise((done) => socket.once("close", done));
    socket.resume();
    await gone;
    expect(bytes).toBeLessThan(50_000_000);
  });
});
