// The smallest file that passes for a library of this machine, or of another, where nothing is loaded.

const ELF_MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
const MACH_CPUS: Readonly<Record<string, number>> = { x64: 0x1000007, arm64: 0x100000c };

/** A header without anything behind it but `text`. */
export function libraryBytes(text: string | Buffer = "", arch: string = process.arch): Buffer {
  const header = process.platform === "darwin" ? machHeader(arch) : elfHeader(arch);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** The processor that this machine does not have. */
export const OTHER_ARCH = process.arch === "x64" ? "arm64" : "x64";

function elfHeader(arch: string): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF", "latin1");
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(ELF_MACHINES[arch]!, 18);
  return header;
}

function machHeader(arch: string): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(MACH_CPUS[arch]!, 4);
  header.writeUInt32LE(6, 12);
  return header;
}
