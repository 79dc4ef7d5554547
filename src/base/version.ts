/** The version of Osprey, kept equal to package.json by a test. */
export const VERSION = "0.1.0";

/** The version of the osp program whose plugin protocol Osprey offers: what `min_osp_version` is compared with. */
export const OSP_COMPATIBLE_VERSION = "1.5.1";
