// The suffix of shared libraries on this system.

export const LIBRARY_SUFFIX = process.platform === "darwin" ? ".dylib" : ".so";
