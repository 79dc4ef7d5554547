// Versions of the plugin interface that a host can show to a plugin ("Osaurus: ABI versions"). Hosts for people show the newest;
// older ones are for authors who want to know how their plugin fares there.

/** 1 has no host functions; each later one has more than the one before. */
export type HostVersion = 1 | 2 | 3 | 4 | 5 | 6;

export const NEWEST_HOST_VERSION: HostVersion = 6;
