import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Answer, redirect, startServer } from "../../../test/helpers/http-server.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { copyFile, downloadFile } from "./download.ts";
import { checkUrl, fetchBytes, nextHop } from "./fetch-url.ts";

const FILE = Buffer.from("the package");
const SHA256 = createHash("sha256").update(FILE).digest("hex");
const FAR = { bytesMax: 1000, msMax: 20_000 };
const failed = (message: string) => ({ code: "download_failed", message: expect.stringContaining(message) });

const endless: Answer = (_, response) => {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) {}
  };
  response.on("drain", more);
  more();
};
const cutShort: Answer = (_, response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write("only this", () => response.destroy());
};
const never: Answer = () => {};
const stopsHalfway: Answer = (_, response) => void response.write("half");

/** Downloads into a folder that has to be empty afterwards when it fails. */
async function download(url: string, options: object = {}) {
  const folder = tempDir();
  const result = await downloadFile(url, { ...FAR, folder, ...options }).catch((error) => {
    expect(readdirSync(folder)).toEqual([]);
    throw error;
  });
  return { ...result, folder };
}

describe("downloadFile", () => {
  test("keeps the file where only the user can read it, until it is disposed of", async () => {
    const { url } = await startServer({ "/p.zip": FILE });
    const file = await download(`${url}/p.zip`, { expected: { sha256: SHA256.toUpperCase(), size: FILE.length } });
    expect(readFileSync(file.path)).toEqual(FILE);
    expect(file).toMatchObject({ sha256: SHA256, size: FILE.length });
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file.path)).mode & 0o777).toBe(0o700);
    await file.dispose();
    await file.dispose();
    expect(readdirSync(file.folder)).toEqual([]);
  });

  test("a file of just the limit arrives, one byte more does not", async () => {
    const { url } = await startServer({ "/p": FILE });
    await download(`${url}/p`, { bytesMax: FILE.length });
    await expect(download(`${url}/p`, { bytesMax: FILE.length - 1 })).rejects.toMatchObject(
      failed("more than 10 bytes"),
    );
  });

  test("another file than the expected one is refused: by its hash, or its size", async () => {
    const { url } = await startServer({ "/p": FILE });
    const mismatch = (message: string) => ({ code: "download_mismatch", message: expect.stringContaining(message) });
    const wrongHash = download(`${url}/p`, { expected: { sha256: "0".repeat(64) } });
    await expect(wrongHash).rejects.toMatchObject(mismatch("its SHA-256 is"));
    const larger = download(`${url}/p`, { expected: { sha256: SHA256, size: FILE.length - 1 } });
    await expect(larger).rejects.toMatchObject(mismatch("more bytes than the 10"));
    const smaller = download(`${url}/p`, { expected: { sha256: SHA256, size: FILE.length + 1 } });
    await expect(smaller).rejects.toMatchObject(mismatch("it has 11 bytes and should have 12"));
  });

  test("a body without end is cut at the limit", async () => {
    const { url } = await startServer({ "/p": endless });
    await expect(download(`${url}/p`)).rejects.toMatchObject(failed("more than 1000 bytes"));
  });

  test("what is packed small for the transport is counted as what it unpacks to", async () => {
    const bomb = gzipSync(Buffer.alloc(100_000));
    const { url } = await startServer({
      "/p": (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    });
    expect(bomb.length).toBeLessThan(1000);
    await expect(download(`${url}/p`)).rejects.toMatchObject(failed("more than 1000 bytes"));
  });

  test.each([
    ["a body that is cut short", cutShort],
    ["a server that hangs up", ((_, response) => void response.destroy()) as Answer],
    ["an error of the server", ((_, response) => void response.writeHead(500).end("no")) as Answer],
    ["a part of the file", ((_, response) => void response.writeHead(206).end("part")) as Answer],
    ["nothing there", ((_, response) => void response.writeHead(404).end("no")) as Answer],
  ])("%s is a failure", async (_, answer) => {
    const { url } = await startServer({ "/p": answer });
    await expect(download(`${url}/p`)).rejects.toMatchObject(failed("could not be fetched"));
  });

  test.each([
    ["that never answers", never],
    ["that stops halfway", stopsHalfway],
  ])("a server %s is given up", async (_, answer) => {
    const { url } = await startServer({ "/p": answer });
    await expect(download(`${url}/p`, { msMax: 100 })).rejects.toMatchObject(failed("not there after 100 ms"));
  });

  test("the user's interruption ends it", async () => {
    const stop = new AbortController();
    const { url } = await startServer({ "/p": () => stop.abort() });
    await expect(download(`${url}/p`, { signal: stop.signal })).rejects.toMatchObject({ code: "interrupted" });
  });

  test("a server that is not there is a failure that names the reason", async () => {
    const { url, stop } = await startServer({});
    await stop();
    await expect(download(`${url}/p`)).rejects.toMatchObject(failed("ECONNREFUSED"));
  });

  test("what killed programs left behind goes after a day, other things stay", async () => {
    const folder = tempDir();
    for (const name of ["download-old", "download-new", "else"]) mkdirSync(join(folder, name));
    for (const name of ["download-old", "else"]) utimesSync(join(folder, name), 1, 1);
    const { url } = await startServer({ "/p": FILE });
    await (await downloadFile(`${url}/p`, { ...FAR, folder })).dispose();
    expect(readdirSync(folder).sort()).toEqual(["download-new", "else"]);
  });

  test("a folder that cannot be written is a failure of the disk, not of the network", async () => {
    const { url } = await startServer({ "/p": FILE });
    const gone = downloadFile(`${url}/p`, { ...FAR, folder: "/proc/nowhere" });
    await expect(gone).rejects.toMatchObject({ code: "install_failed" });
  });
});

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("%i is followed, up to five of them", async (status) => {
    const chain = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, hop) => [
          `/${hop}`,
          redirect(hop + 1 === count ? "end" : `${hop + 1}`, status),
        ]),
      );
    const five = await startServer({ ...chain(5), "/end": FILE });
    expect((await download(`${five.url}/0`)).sha256).toBe(SHA256);
    const six = await startServer({ ...chain(6), "/end": FILE });
    await expect(download(`${six.url}/0`)).rejects.toMatchObject(failed("more than 5 other addresses"));
    expect(six.asked).not.toContain("/end");
  });

  test.each([
    ["to itself", "/p", "more than 5"],
    ["to http elsewhere", "http://192.0.2.1/p", "http is for this machine only"],
    ["to a file", "file:///etc/passwd", "neither https nor http"],
    ["to data", "data:text/plain,x", "neither https nor http"],
    ["with a password", "http://me:secret@127.0.0.1/p", "user name or password"],
    ["to nowhere", "http://[", "an address that is none"],
  ])("%s are not followed", async (_, location, problem) => {
    const { url } = await startServer({ "/p": redirect(location) });
    await expect(download(`${url}/p`)).rejects.toMatchObject(failed(problem));
  });

  test("never lead away from https, not even to this machine", () => {
    const from = new URL("https://example.com/p");
    expect(nextHop(from, "/other").href).toBe("https://example.com/other");
    expect(nextHop(new URL("http://127.0.0.1/p"), "https://example.com/q").protocol).toBe("https:");
    expect(() => nextHop(from, "http://127.0.0.1/p")).toThrow(expect.objectContaining(failed("leads away from https")));
  });

  test("without an address are a failure", async () => {
    const { url } = await startServer({ "/p": (_, response) => void response.writeHead(302).end() });
    await expect(download(`${url}/p`)).rejects.toMatchObject(failed("an address that is none"));
  });
});

describe("copyFile", () => {
  test("keeps a copy of a file, held to the same bounds", async () => {
    const [from, folder] = [tempDir(), tempDir()];
    writeFileSync(join(from, "p"), FILE);
    const kept = await copyFile(join(from, "p"), { folder, bytesMax: FILE.length, expected: { sha256: SHA256 } });
    writeFileSync(join(from, "p"), "another");
    expect(readFileSync(kept.path)).toEqual(FILE);
    await kept.dispose();
    writeFileSync(join(from, "p"), FILE);
    const copy = (options: object) => copyFile(join(from, "p"), { folder, bytesMax: 1000, ...options });
    await expect(copy({ bytesMax: FILE.length - 1 })).rejects.toMatchObject(failed("more than 10 bytes"));
    await expect(copy({ expected: { sha256: "0".repeat(64) } })).rejects.toMatchObject({ code: "download_mismatch" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a pipe, a folder and what is not there are refused at once", async () => {
    const [from, folder] = [tempDir(), tempDir()];
    execFileSync("mkfifo", [join(from, "pipe")]);
    const copy = (path: string) => copyFile(path, { folder, bytesMax: 1000 });
    await expect(copy(join(from, "pipe"))).rejects.toMatchObject(failed("it is no file"));
    await expect(copy(from)).rejects.toMatchObject(failed("it is no file"));
    await expect(copy(join(from, "none"))).rejects.toMatchObject(failed("there is no such file"));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("fetchBytes", () => {
  test("gives the bytes, and nothing for what is not there", async () => {
    const { url } = await startServer({ "/a": "text" });
    expect((await fetchBytes(`${url}/a`, FAR))?.toString()).toBe("text");
    expect(await fetchBytes(`${url}/b`, FAR)).toBeUndefined();
  });

  test("is bounded in size and time too", async () => {
    const { url } = await startServer({ "/a": endless, "/b": never });
    await expect(fetchBytes(`${url}/a`, FAR)).rejects.toMatchObject(failed("more than 1000 bytes"));
    await expect(fetchBytes(`${url}/b`, { ...FAR, msMax: 100 })).rejects.toMatchObject(failed("100 ms"));
  });
});

test.each([
  "https://example.com/x",
  "http://127.0.0.1:8080",
  "http://127.9.9.9/",
  "http://localhost/",
  "http://[::1]:1/",
])("%s may be asked", (url) => void expect(checkUrl(url).href).toContain("//"));

test.each([
  "http://example.com/",
  "http://127.0.0.1.example.com/",
  "http://localhost.example.com/",
  "http://0.0.0.0/",
  "http://10.0.0.1/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "example.com",
  "https://me:secret@example.com/",
])("%s may not be asked", (url) => {
  expect(() => checkUrl(url)).toThrow(expect.objectContaining({ code: "usage_invalid" }));
});
