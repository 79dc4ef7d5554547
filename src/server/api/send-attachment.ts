// Sends a file that a model wrote and named: to be kept, and shown by no browser as a page.

import type { FastifyReply } from "fastify";
import { safeFileName } from "../../base/safe-file-name.ts";

export async function sendAttachment(reply: FastifyReply, filename: string, bytes: Buffer): Promise<FastifyReply> {
  reply.headers({
    "content-type": "application/octet-stream",
    "content-disposition": attachment(filename),
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
  });
  return await reply.send(bytes);
}

/** As RFC 6266 has it: a plain name for old programs, and the whole one. */
function attachment(filename: string): string {
  const name = safeFileName(filename);
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  const whole = encodeURIComponent(name).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
