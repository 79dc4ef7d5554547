// A C function in our own process, called synchronously.

import koffi from "koffi";

/** Gives the echo function of a library; its text is copied and released on every call, as a plugin's would be. */
export function loadEcho(library) {
  const lib = koffi.load(library);
  const release = lib.func("void bench_free(char *)");
  const text = koffi.disposable("EchoedText", "str", release);
  return lib.func("bench_echo", text, ["str"]);
}
