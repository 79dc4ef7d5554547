import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { MCP_STREAM_UNREAD_BYTES_MAX } from "../../protocol/limits.ts";
import { MessageEvents } from "./message-events.ts";

/** A stream, and the socket at whose other end nobody reads unless told to. */
async function openStream() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
  return { socket, response, stream: new MessageEvents(response) };
}

test("what is sent arrives as events, and the end ends the answer", async () => {
  const { socket, stream } = await openStream();
  stream.send('{"a":1}');
  stream.end('{"b":2}');
  stream.send('{"late":true}');
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk;
    if (text.endsWith("0\r\n\r\n")) break;
  }
  expect(text).toContain("x-accel-buffering: no");
  expect(text.match(/^data: .*$/gm)).toEqual(['data: {"a":1}', 'data: {"b":2}']);
});

test("a client that leaves too much unread is cut off, one that leaves as much as it may is not", async () => {
  const { response, stream } = await openStream();
  const event = JSON.stringify("x".repeat(100_000));
  while (response.writableLength <= MCP_STREAM_UNREAD_BYTES_MAX) {
    stream.send(event);
    expect(response.destroyed).toBe(false);
  }
  stream.send(event);
  expect(response.destroyed).toBe(true);
});
