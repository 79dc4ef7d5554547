import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { REGISTRY_CONNECTIONS_MAX } from "../protocol/limits.ts";
import { registryServer } from "./serve-registry.ts";

/** A served folder with a little of everything in it. */
async function served({ isPrivate = true } = {}) {
  const outside = tempDir();
  const root = tempDir();
  const write = (name: string, content: string) => writeFileSync(join(root, name), content);
  for (const folder of ["plugins", "plugins/more", "artifacts", "secret"]) mkdirSync(join(root, folder));
  write("plugins/a.b.json", '{"entry":true}');
  write("plugins/index.json", '["made.by.hand"]');
  write("plugins/notes.txt", "secret");
  write("plugins/more/c.json", "secret");
  write("artifacts/a.b-1.0.0.zip", "archive");
  write("artifacts/a.b-1.0.0.zip.minisig", "signature");
  write("artifacts/empty.zip", "");
  write("artifacts/.hidden.zip", "secret");
  write("signing.key", "secret");
  write("csv.zip.key", "secret");
  writeFileSync(join(outside, "x.zip"), "secret");
  symlinkSync(join(outside, "x.zip"), join(root, "artifacts/link.zip"));
  symlinkSync("a.b-1.0.0.zip", join(root, "artifacts/inner.zip"));
  symlinkSync(outside, join(root, "out"));
  symlinkSync("../signing.key", join(root, "plugins/key.json"));
  mkdirSync(join(root, "artifacts/folder.zip"));
  const registry = await registryServer(root, { isPrivate });
  registry.server.listen(0, "127.0.0.1");
  await once(registry.server, "listening");
  onTestFinished(async () => await registry.close(0));
  const { port } = registry.server.address() as AddressInfo;
  return {
    root,
    outside,
    port,
    registry,
    async get(path: string, { method = "GET", host = "" } = {}) {
      const headers = host === "" ? {} : { host };
      const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
    },
  };
}

test("entries, archives and signatures are given, with what they are", async () => {
  const { get } = await served();
  expect(await get("/plugins/a.b.json")).toMatchObject({ status: 200, text: '{"entry":true}' });
  expect((await get("/plugins/a.b.json")).headers["content-type"]).toContain("application/json");
  const archive = await get("/artifacts/a.b-1.0.0.zip?x=1");
  expect(archive).toMatchObject({ status: 200, text: "archive" });
  expect(archive.headers).toMatchObject({ "content-type": "application/zip", "content-length": "7" });
  expect(await get("/artifacts/a.b-1.0.0.zip.minisig")).toMatchObject({ status: 200, text: "signature" });
  expect(await get("/artifacts/a%2Eb-1.0.0.zip")).toMatchObject({ status: 200, text: "archive" });
  expect(await get("/artifacts/empty.zip")).toMatchObject({ status: 200, text: "" });
});

test("an archive outside of the folder for them is given while an entry names it, with its signature", async () => {
  const { get, root } = await served();
  const put = (url: string) => {
    const artifact = { os: "linux", arch: "x64", url, sha256: "0".repeat(64) };
    const versions = [{ version: "1.0.0", artifacts: [artifact] }];
    const entry = { plugin_id: "c.d", public_keys: { minisign: `RW${"A".repeat(54)}` }, versions };
    writeFileSync(join(root, "plugins/c.d.json"), JSON.stringify(entry));
  };
  for (const name of ["backup.zip", "backup.zip.minisig", "secret/a b.zip", "secret/other.zip"]) {
    writeFileSync(join(root, name), "own");
  }
  const given = async () => {
    const paths = ["/backup.zip", "/backup.zip.minisig", "/secret/a%20b.zip", "/secret/other.zip"];
    return await Promise.all(paths.map(async (path) => (await get(path)).status === 200));
  };
  expect(await given()).toEqual([false, false, false, false]);
  put("backup.zip");
  expect(await given()).toEqual([true, true, false, false]);
  put("secret/a%20b.zip");
  expect(await given()).toEqual([false, false, true, false]);
  put("https://example.com/backup.zip");
  expect(await given()).toEqual([false, false, false, false]);
});

test("the list of plugins is what the folder has now, whatever file there says", async () => {
  const { get, root } = await served();
  for (const path of ["/", "/registry.json", "/plugins/index.json"]) {
    expect(JSON.parse((await get(path)).text)).toEqual(["a.b", "key"]);
  }
  writeFileSync(join(root, "plugins/z.json"), "{}");
  expect(JSON.parse((await get("/")).text)).toEqual(["a.b", "key", "z"]);
});

test("HEAD is answered without a body, other methods not at all", async () => {
  const { get } = await served();
  const head = await get("/artifacts/a.b-1.0.0.zip", { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, text: "" });
  expect(head.headers["content-length"]).toBe("7");
  expect(await get("/", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const answer = await get("/plugins/a.b.json", { method });
    expect(answer.status, method).toBe(405);
    expect(answer.headers["allow"]).toBe("GET, HEAD");
  }
});

test.each([
  "/signing.key",
  "/csv.zip.key",
  "/plugins/notes.txt",
  "/plugins/more/c.json",
  "/plugins",
  "/plugins/",
  "/artifacts/",
  "/artifacts/folder.zip",
  "/artifacts/.hidden.zip",
  "/artifacts/link.zip",
  "/artifacts/inner.zip",
  "/plugins/key.json",
  "/out/x.zip",
  "/../x.zip",
  "/artifacts/../../x.zip",
  "/artifacts/..%2f..%2fx.zip",
  "/artifacts/%2e%2e/%2e%2e/x.zip",
  "/artifacts/..%5c..%5cx.zip",
  "//artifacts/a.b-1.0.0.zip",
  "/artifacts//a.b-1.0.0.zip",
  "/artifacts/./a.b-1.0.0.zip",
  "/artifacts/a.b-1.0.0.zip%00",
  "/artifacts/%00.zip",
  "/artifacts/%ff.zip",
  "/artifacts/%.zip",
  `/artifacts/${"x".repeat(300)}.zip`,
  "/secret/",
  "/gone.zip",
])("%s is not given", async (path) => {
  const { get } = await served();
  const answer = await get(path);
  expect(answer).toMatchObject({ status: 404, text: "there is no such file\n" });
});

test("an address that is a whole URL, or none, gives nothing", async () => {
  const { get } = await served();
  for (const path of ["http://127.0.0.1/artifacts/a.b-1.0.0.zip", "*"]) expect((await get(path)).status).toBe(404);
});

test("under a name of somebody else's nothing is given, unless others may reach it anyway", async () => {
  const own = await served();
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.0.1:80", "x y"]) {
    expect((await own.get("/plugins/a.b.json", { host })).status, host).toBe(403);
  }
  for (const host of ["localhost", "localhost:80", "127.0.0.1:9", "[::1]:9"]) {
    expect((await own.get("/plugins/a.b.json", { host })).status, host).toBe(200);
  }
  const open = await served({ isPrivate: false });
  expect((await open.get("/plugins/a.b.json", { host: "registry.example" })).status).toBe(200);
});

test("a large archive arrives whole, and one that is read by nobody does not keep the server from ending", async () => {
  const { get, root, port, registry } = await served();
  const large = "0123456789".repeat(2_000_000);
  writeFileSync(join(root, "artifacts/large.zip"), large);
  expect((await get("/artifacts/large.zip")).text === large).toBe(true);
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write("GET /artifacts/large.zip HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "readable");
  await registry.close(1);
  expect(registry.server.listening).toBe(false);
});

test("as many connections as the limit are open at once, and not one more", async () => {
  const { port } = await served();
  const open = async () => {
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  const ask = (socket: Socket) => socket.write("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const sockets = await Promise.all(Array.from({ length: REGISTRY_CONNECTIONS_MAX }, open));
  const last = sockets.at(-1)!;
  ask(last);
  await once(last, "readable");
  const oneMore = await open();
  oneMore.resume();
  await once(oneMore, "close");
});

test("a folder that is no registry is refused", async () => {
  const folder = tempDir();
  writeFileSync(join(folder, "file"), "");
  for (const path of [folder, join(folder, "gone"), join(folder, "file")]) {
    await expect(registryServer(path, { isPrivate: true })).rejects.toMatchObject({ code: "registry_invalid" });
  }
});
