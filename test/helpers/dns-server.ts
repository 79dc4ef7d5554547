// A DNS server on this machine for the length of a test: answers questions for IPv4 addresses as the test wants.

import { createSocket } from "node:dgram";
import { promises as dns } from "node:dns";
import { once } from "node:events";
import { onTestFinished } from "vitest";

const HEAD_BYTES = 12;
const TYPE_A = 1;

export interface DnsServer {
  /** Asks this server, and no other, for all addresses of a name. */
  resolve(name: string): Promise<readonly string[]>;
  /** How often it was asked for IPv4 addresses. */
  asked(): number;
}

/** `answer` gets the number of the question, from 0. */
export async function startDnsServer(answer: (question: number) => readonly string[]): Promise<DnsServer> {
  const socket = createSocket("udp4");
  let asked = 0;
  socket.on("message", (question, from) => {
    const isForIPv4 = typeOf(question) === TYPE_A;
    socket.send(reply(question, isForIPv4 ? answer(asked++) : []), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(async () => {
    socket.close();
    await once(socket, "close");
  });
  return {
    asked: () => asked,
    async resolve(name) {
      const resolver = new dns.Resolver({ tries: 1 });
      resolver.setServers([`127.0.0.1:${socket.address().port}`]);
      const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    },
  };
}

/** Where the question's name ends, behind its last, empty part. */
function endOfName(question: Buffer): number {
  let at = HEAD_BYTES;
  while (question[at] !== 0) at += question[at]! + 1;
  return at + 1;
}

function typeOf(question: Buffer): number {
  return question.readUInt16BE(endOfName(question));
}

function reply(question: Buffer, addresses: readonly string[]): Buffer {
  const head = Buffer.from(question.subarray(0, HEAD_BYTES));
  head.writeUInt16BE(0x8180, 2); // An answer, without error.
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const asked = question.subarray(HEAD_BYTES, endOfName(question) + 4);
  const records = addresses.map((address) =>
    // The question's name, type A, class IN, good for no time at all, four bytes.
    Buffer.from([0xc0, HEAD_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
  );
  return Buffer.concat([head, asked, ...records]);
}
