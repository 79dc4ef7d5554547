// Which part of a file a `Range` header asks for (RFC 9110, 14.2). One range is served; several, other units and what is
// no range at all get the whole file, as the RFC allows.

export interface ByteRange {
  readonly first: number;
  /** The last byte that belongs to it. */
  readonly last: number;
}

/** The part of a file of `size` bytes; "none" of it when it has no such part. */
export function byteRange(header: string, size: number): ByteRange | "whole" | "none" {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header);
  if (match === null) return "whole";
  const [first, last] = [match[1]!, match[2]!];
  if (first === "") return last === "" ? "whole" : suffix(Number(last), size);
  const start = Number(first);
  const end = last === "" ? Number.POSITIVE_INFINITY : Number(last);
  if (end < start) return "whole";
  return start >= size ? "none" : { first: start, last: Math.min(end, size - 1) };
}

function suffix(length: number, size: number): ByteRange | "none" {
  return length === 0 || size === 0 ? "none" : { first: Math.max(0, size - length), last: size - 1 };
}
