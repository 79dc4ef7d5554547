// A package on its way into the folder of installed plugins: an archive or a folder, and what vouches for it.

import type { Receipt } from "./receipt.ts";

/** A signature lies beside what it is for, under its name with this behind it. */
export const SIGNATURE_SUFFIX = ".minisig";

export interface PackageIdentity {
  readonly pluginId: string;
  readonly version: string;
}

/** What the receipt will say of where the package came from. */
export type ArtifactFacts = Receipt["artifact"];

/** Something that can be installed. */
export interface PackageSource {
  readonly kind: "archive" | "folder";
  /** A zip file or a folder on this machine. */
  readonly path: string;
  /** What people call it: the path as typed, the URL. */
  readonly label: string;
  /** The library, when it does not lie at the root of a folder; `name` is what it is called in the package. */
  readonly library?: { readonly path: string; readonly name: string };
  /** What a registry says it is; without it, the package itself or its file name has to say. */
  readonly identity?: PackageIdentity;
  /** Set when a signature over the archive was verified: the receipt's `artifact` and the key (`RW...`). */
  readonly verified?: {
    readonly artifact: ArtifactFacts;
    readonly publicKey: string;
    /** The key that this one replaces, when a signature by the old key over the new one was verified. */
    readonly previousKey?: string;
  };
  /** Whether it came from a registry. */
  readonly fromRegistry: boolean;
  /** Removes what was downloaded. Nothing for a file of the user's own. */
  dispose?(): Promise<void>;
}
