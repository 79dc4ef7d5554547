// How long a text becomes as JSON, before it is made: what grows sixfold takes a second and gigabytes to write.

/** What each byte of UTF-8 is written as, in bytes. */
const WRITTEN_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => writtenBytes(byte));

/** Whether these bytes of UTF-8 take more than `bytesMax` as a JSON string, without its quotation marks. */
export function isJsonBeyond(bytes: Uint8Array, bytesMax: number): boolean {
  if (bytes.length > bytesMax) return true;
  if (bytes.length * LARGEST <= bytesMax) return false;
  let written = 0;
  for (let at = 0; at < bytes.length; at++) {
    written += WRITTEN_BYTES[bytes[at]!]!;
    if (written > bytesMax) return true;
  }
  return false;
}

const LARGEST = Math.max(...WRITTEN_BYTES);

function writtenBytes(byte: number): number {
  return byte < 0x80 ? JSON.stringify(String.fromCharCode(byte)).length - 2 : 1;
}
