// The parts of `jq-web`, which has no types of its own, and of WebAssembly, whose types come with those of browsers,
// that `jq-worker.ts` uses.

declare module "jq-web" {
  interface JqWeb {
    /** Runs the program of jq once, on JSON text. Throws for every exit code but 0. */
    raw(json: Uint8Array, filter: string, flags: string[]): string | undefined;
  }
  const loading: Promise<JqWeb>;
  export default loading;
}

declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  type Imports = Record<string, Record<string, unknown>>;
  /** What this program of jq exports. */
  interface Exports {
    readonly memory: Memory;
    readonly emscripten_stack_get_current: () => number;
  }
  interface Instantiated {
    readonly instance: { readonly exports: Exports };
  }
  let instantiate: (source: Uint8Array, imports: Imports) => Promise<Instantiated>;
}
