// What a plugin's author wrote for people: README and changelog, from the folder of the installed version or from the manifest.
// The files are the package's: nothing outside of the folder is read, whatever links lie in it.

import { BelowError, holdFolder, openFileBelow, type Tree } from "../base/open-below.ts";
import { PLUGIN_DOC_BYTES_MAX } from "../protocol/limits.ts";
import type { Manifest } from "../protocol/manifest.ts";

interface PluginDoc {
  readonly text: string;
  /** It goes on: this is its beginning. */
  readonly isCut: boolean;
}

export interface PluginDocs {
  readonly readme: PluginDoc | undefined;
  readonly changelog: PluginDoc | undefined;
}

/** What there is of both. What cannot be read is not there: a plugin is none the worse for it. */
export async function readPluginDocs(versionFolder: string, docs: Manifest["docs"]): Promise<PluginDocs> {
  const root = await holdFolder(versionFolder).catch(() => undefined);
  try {
    const tree = root && { root, knownAs: [versionFolder] };
    const [readme, changelog] = await Promise.all([
      readDoc(tree, ["README.md", "readme.md"], docs?.readme),
      readDoc(tree, ["CHANGELOG.md", "changelog.md"], docs?.changelog),
    ]);
    return { readme, changelog };
  } finally {
    await root?.handle.close();
  }
}

/** @param said what the manifest has: the text itself, or the name of a file. */
async function readDoc(
  tree: Tree | undefined,
  usual: readonly string[],
  said: string | undefined,
): Promise<PluginDoc | undefined> {
  const named = said !== undefined && isFileName(said) ? said : undefined;
  for (const name of [...usual, ...(named === undefined ? [] : [named])]) {
    const doc = tree && (await readBelow(tree, name));
    if (doc !== undefined) return doc;
  }
  if (said === undefined || named !== undefined || said.trim() === "") return undefined;
  return cut(Buffer.from(said));
}

function isFileName(said: string): boolean {
  return /^[^\s:]{1,255}\.(md|markdown|txt)$/i.test(said);
}

async function readBelow(tree: Tree, path: string): Promise<PluginDoc | undefined> {
  try {
    const { handle } = await openFileBelow(tree, path.split("/"));
    try {
      const buffer = Buffer.alloc(PLUGIN_DOC_BYTES_MAX + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return cut(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof BelowError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}

function cut(bytes: Buffer): PluginDoc {
  const isCut = bytes.length > PLUGIN_DOC_BYTES_MAX;
  // A character that was cut in two is left out.
  return { text: new TextDecoder().decode(bytes.subarray(0, PLUGIN_DOC_BYTES_MAX), { stream: isCut }), isCut };
}
