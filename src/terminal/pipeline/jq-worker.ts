// The thread in which jq runs: a filter may run for ever or eat all memory, and only a thread of its own can be ended
// then. jq itself is WebAssembly, and sees of this computer what is handed to it here: no files, no environment.
// `jq.ts` starts it, hands it the input and ends it; when this thread has answered it has nothing more to do.

import { parentPort, workerData } from "node:worker_threads";

/** What the thread is started with. */
export interface JqTask {
  readonly filter: string;
  readonly memoryBytesMax: number;
  readonly outputBytesMax: number;
}

/** `output` is JSON, a value a line. `errors` is what jq printed on stderr, the end of it. */
export type JqAnswer =
  | { readonly kind: "done"; readonly output: Uint8Array }
  | { readonly kind: "failed"; readonly errors: string }
  | { readonly kind: "too much"; readonly of: "memory" | "output" | "depth" };

const ERRORS_BYTES_MAX = 65_536;
const PAGE_BYTES = 65_536;

const task = workerData as JqTask;
const port = parentPort!;
port.once("message", async (chunks: Uint8Array[]) => {
  const answer = await runJq(chunks);
  port.postMessage(answer, answer.kind === "done" ? [answer.output.buffer as ArrayBuffer] : []);
});

async function runJq(chunks: Uint8Array[]): Promise<JqAnswer> {
  hideHost();
  const memory = limitMemory(task.memoryBytesMax);
  const output = new Sink(task.outputBytesMax);
  const errors = new Tail();
  const instance = tapOutput({ 1: (bytes) => output.add(bytes), 2: (bytes) => errors.add(bytes) });
  const jq = await (await import("jq-web")).default;
  const stack = new StackEnd(instance.exports!);
  try {
    jq.raw(Buffer.concat(chunks.splice(0)), task.filter, ["--compact-output", "--"]);
    if (!stack.wasReached()) return { kind: "done", output: output.bytes() };
  } catch {
    if (memory.wasRefused) return { kind: "too much", of: "memory" };
    if (output.isOver) return { kind: "too much", of: "output" };
    if (!stack.wasReached()) return { kind: "failed", errors: errors.text() };
  }
  return { kind: "too much", of: "depth" };
}

/** jq shows a filter what its program was called and which language people speak here; and it likes to warn on the console. */
function hideHost(): void {
  process.argv.splice(1);
  Object.defineProperty(globalThis, "navigator", { value: undefined });
  globalThis.console = { ...console, log() {}, warn() {}, error() {} };
}

/** jq asks for more memory as it goes; a refusal makes it end. */
function limitMemory(bytesMax: number): { wasRefused: boolean } {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  const state = { wasRefused: false };
  prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * PAGE_BYTES <= bytesMax) return grow.call(this, pages);
    state.wasRefused = true;
    throw new RangeError("no more memory for jq");
  };
  return state;
}

/** Where the bytes go that are printed on a descriptor. */
type Outlets = Readonly<Record<number, (bytes: Uint8Array) => void>>;
type Write = (file: number, parts: number, count: number, written: number) => number;

/**
 * Takes what jq prints out of its memory as it comes. The package would collect it too, but every byte as an entry of an
 * array, eight times its size.
 */
function tapOutput(outlets: Outlets): { exports?: WebAssembly.Exports } {
  const { instantiate } = WebAssembly;
  const instance: { exports?: WebAssembly.Exports } = {};
  WebAssembly.instantiate = async (source, imports) => {
    const withTap: WebAssembly.Imports = Object.fromEntries(
      Object.entries(imports).map(([name, functions]) => {
        const write = functions["fd_write"] as Write | undefined;
        if (write === undefined) return [name, functions];
        return [name, { ...functions, fd_write: tap(write, outlets, () => instance.exports!.memory.buffer) }];
      }),
    );
    const result = await instantiate(source, withTap);
    instance.exports = result.instance.exports;
    return result;
  };
  return instance;
}

/** The system call behind all printing: `parts` is where the addresses and sizes of `count` pieces stand. */
function tap(write: Write, outlets: Outlets, memory: () => ArrayBuffer) {
  return (file: number, parts: number, count: number, written: number): number => {
    const outlet = outlets[file];
    if (outlet === undefined) return write(file, parts, count, written);
    const view = new DataView(memory());
    let total = 0;
    for (let part = 0; part < count; part++) {
      const at = view.getUint32(parts + part * 8, true);
      const size = view.getUint32(parts + part * 8 + 4, true);
      outlet(new Uint8Array(memory(), at, size));
      total += size;
    }
    view.setUint32(written, total, true);
    return 0;
  };
}

/** What this build of jq has for a stack, and the end of it that is watched: more than one call takes. */
const STACK_BYTES = 65_536;
const STACK_END_BYTES = 4096;
const UNTOUCHED = 0xa5;

/**
 * jq goes through nested data by calling itself, on a small stack that nothing guards: what it would write beyond the end
 * is other data of its own, and what it gives then may be wrong.
 */
class StackEnd {
  readonly #bytes: () => Uint8Array;

  /** To be made before jq runs: then the whole stack is free. */
  constructor({ memory, emscripten_stack_get_current: top }: WebAssembly.Exports) {
    const end = top() - STACK_BYTES;
    // Memory that grows is another buffer.
    this.#bytes = () => new Uint8Array(memory.buffer, end, STACK_END_BYTES);
    this.#bytes().fill(UNTOUCHED);
  }

  wasReached(): boolean {
    return this.#bytes().some((byte) => byte !== UNTOUCHED);
  }
}

/** Collects bytes in one piece that grows. Throws when there are too many. */
class Sink {
  #held = new Uint8Array(PAGE_BYTES);
  #size = 0;
  readonly #bytesMax: number;
  isOver = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(bytes: Uint8Array): void {
    const size = this.#size + bytes.length;
    if (size > this.#bytesMax) {
      this.isOver = true;
      throw new RangeError("too much output of jq");
    }
    if (size > this.#held.length) {
      const larger = new Uint8Array(Math.max(size, this.#held.length * 2));
      larger.set(this.#held.subarray(0, this.#size));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#size);
    this.#size = size;
  }

  bytes(): Uint8Array {
    return this.#held.subarray(0, this.#size);
  }
}

/** Keeps the end of what there is: a filter may print as much as it likes before it fails. */
class Tail {
  #parts: Uint8Array[] = [];
  #size = 0;

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
    this.#size += bytes.length;
    if (this.#size <= 2 * ERRORS_BYTES_MAX) return;
    this.#parts = [Buffer.concat(this.#parts).subarray(-ERRORS_BYTES_MAX)];
    this.#size = ERRORS_BYTES_MAX;
  }

  text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}
