// "osprey/testkit": what authors of plugins test them with. Each part is loaded when it is first used.

import type * as api from "./api.ts";

export type * from "./api.ts";

export const openPlugin: typeof api.openPlugin = async (options) => {
  return await (await import("./open-plugin.ts")).openPlugin(options);
};

export const abiMatrix: typeof api.abiMatrix = async (options) => {
  return await (await import("./abi-matrix.ts")).abiMatrix(options);
};

export const openPage: typeof api.openPage = async (kit, options) => {
  return await (await import("./browser/open-page.ts")).openPage(kit, options);
};
