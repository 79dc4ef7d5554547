import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connectionUser } from "./connection-user.ts";

/** The host's end of a connection of this very process. */
async function connected(listens: string, asks: string): Promise<Socket> {
  const server = createServer().listen(0, listens);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, asks);
  const [socket] = (await once(server, "connection")) as [Socket];
  onTestFinished(() => {
    client.destroy();
    socket.destroy();
  });
  return socket;
}

test.skipIf(process.platform !== "linux").each([
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.5"],
  ["::", "127.0.0.1"],
  ["::", "::ffff:127.0.0.1"],
  ["::1", "::1"],
])("of a connection to %s, made to %s, the user is known", async (listens, asks) => {
  expect(connectionUser(await connected(listens, asks))).toBe(process.getuid!());
});

test("of a connection from elsewhere, and of none that there is, nothing is known", () => {
  const ends = { localAddress: "127.0.0.1", localPort: 1, remotePort: 2 };
  expect(connectionUser({ ...ends, remoteAddress: "10.0.0.1" })).toBeUndefined();
  expect(connectionUser({ ...ends, remoteAddress: "127.0.0.1" })).toBeUndefined();
});
