// The host's own tool by which a model shares a file: with whoever asked for the run, and with plugins that take such files
// ("Osaurus: Plugin Authoring", artifacts). Where files lie and what they may be called is the business of `Artifacts`.

import { HostError } from "../protocol/errors.ts";
import type { SharedArtifact } from "../protocol/inference.ts";
import { ARTIFACT_BYTES_MAX, ARTIFACT_DESCRIPTION_CHARS_MAX, ARTIFACTS_PER_RUN_MAX } from "../protocol/limits.ts";
import type { ToolOutcome } from "../tools/call-tool.ts";
import type { FailureFacts } from "../tools/envelope.ts";
import { done, failed, type OwnTool, readArguments } from "./own-tool.ts";

export type ArtifactFile = Pick<SharedArtifact, "filename" | "mime_type" | "size" | "host_path">;

/** The artifacts folder. What a model got wrong fails with a `HostError` that a model may read. */
export interface Artifacts {
  /** Writes a new file into that folder of the artifacts folder, under a name like this one. */
  save(folder: string, filename: string, bytes: Buffer): Promise<ArtifactFile>;
  /** A file that lies there already. */
  find(path: string): Promise<ArtifactFile>;
  /** Gives the file to the plugins that take such. Resolves when they are done with it; never rejects. */
  offer(artifact: SharedArtifact): Promise<void>;
}

export interface Sharing {
  readonly artifacts: Artifacts;
  readonly folder: string;
  /** Is told of each file in the order of the calls. */
  shared(artifact: SharedArtifact): Promise<void>;
}

export function shareArtifact(name: string, { artifacts, folder, shared }: Sharing): OwnTool {
  let count = 0;
  let before: Promise<unknown> = Promise.resolve();
  /** One file after the other, so that they are there in the calls' order. */
  const share = (wish: Wish): Promise<SharedArtifact> => {
    const mine = before.then(async () => {
      const { source, mimeType, description } = wish;
      const file =
        "path" in source
          ? await artifacts.find(source.path)
          : await artifacts.save(folder, source.filename, source.bytes);
      const artifact = {
        ...file,
        ...(mimeType === undefined ? {} : { mime_type: mimeType }),
        is_directory: false,
        ...(description === undefined ? {} : { description }),
      };
      await shared(artifact);
      return artifact;
    });
    before = mine.catch(() => {});
    return mine;
  };
  return {
    definition: definitionOf(name),
    async run(input): Promise<ToolOutcome> {
      const wish = wishOf(input);
      if ("kind" in wish) return failed(name, wish);
      if (count >= ARTIFACTS_PER_RUN_MAX) {
        const message = `${ARTIFACTS_PER_RUN_MAX} files were shared, and there may not be more`;
        return failed(name, { kind: "rejected", message });
      }
      count++;
      let artifact: SharedArtifact;
      try {
        artifact = await share(wish);
      } catch (error) {
        count--;
        if (!(error instanceof HostError)) throw error;
        return failed(name, { kind: "execution_error", code: error.code, message: error.message });
      }
      await artifacts.offer(artifact);
      return done(name, artifact);
    },
  };
}

function definitionOf(name: string): OwnTool["definition"] {
  return {
    name,
    description: [
      "Shares a file with the user: one that you write here, with filename and content, or one that lies in the artifacts",
      "folder already, with its path. Use it for results that are files; the file's content need not be repeated afterwards.",
    ].join(" "),
    parameters: {
      type: "object",
      properties: {
        filename: { type: "string", description: "What the file is called, without folders." },
        content: { type: "string", description: "What the file has in it." },
        encoding: { type: "string", enum: ["utf8", "base64"], description: "How content is written; utf8 without it." },
        path: { type: "string", description: "Instead of filename and content: a file in the artifacts folder." },
        mime_type: {
          type: "string",
          description: "The type of the file, such as text/csv; left out, it is found out.",
        },
        description: { type: "string", description: "What the file is, in a sentence." },
      },
      additionalProperties: false,
    },
  };
}

interface Wish {
  readonly source: { readonly path: string } | { readonly filename: string; readonly bytes: Buffer };
  readonly mimeType: string | undefined;
  readonly description: string | undefined;
}

function wishOf(input: string): Wish | FailureFacts {
  const given = readArguments(input);
  if (given === undefined) return { kind: "invalid_args", message: "the arguments have to be a JSON object" };
  const { mime_type, description } = given;
  if (!isTextOrNothing(mime_type) || (typeof mime_type === "string" && !MIME_TYPE.test(mime_type))) {
    return wrong("mime_type", 'has to be a type such as "text/csv"');
  }
  if (!isTextOrNothing(description)) return wrong("description", "has to be a text");
  if ((description?.length ?? 0) > ARTIFACT_DESCRIPTION_CHARS_MAX) {
    return wrong("description", `may have ${ARTIFACT_DESCRIPTION_CHARS_MAX} characters at most`);
  }
  const source = sourceOf(given);
  if ("kind" in source) return source;
  const about = description?.toWellFormed().trim();
  return { source, mimeType: mime_type ?? undefined, description: about === "" ? undefined : about };
}

function sourceOf({
  path,
  filename,
  content,
  encoding,
}: Readonly<Record<string, unknown>>): Wish["source"] | FailureFacts {
  if (path != null) {
    if (filename != null || content != null) return wrong("path", 'cannot stand beside "filename" and "content"');
    return typeof path === "string" && path !== "" ? { path } : wrong("path", "has to be a text");
  }
  if (typeof filename !== "string" || filename.trim() === "") return wrong("filename", "has to be a name");
  if (typeof content !== "string") return wrong("content", "has to be a text");
  if (encoding != null && encoding !== "utf8" && encoding !== "base64") {
    return wrong("encoding", 'has to be "utf8" or "base64"');
  }
  const bytes = encoding === "base64" ? unpacked(content) : written(content);
  if (bytes === undefined) return wrong("content", "is no base64");
  if (bytes === "too long") return wrong("content", `may have ${ARTIFACT_BYTES_MAX} bytes at most`);
  return { filename, bytes };
}

/** No character has less than a byte: what is far too long is not even written. */
function written(content: string): Buffer | "too long" {
  if (content.length > ARTIFACT_BYTES_MAX) return "too long";
  const bytes = Buffer.from(content.toWellFormed());
  return bytes.length > ARTIFACT_BYTES_MAX ? "too long" : bytes;
}

/** Undefined for what is no base64; lines in it may be broken anywhere. How long it is shows before it is unpacked. */
function unpacked(content: string): Buffer | "too long" | undefined {
  const packed = /\s/.test(content) ? withoutSpace(content) : content;
  const padding = packed.endsWith("==") ? 2 : packed.endsWith("=") ? 1 : 0;
  const digits = packed.length - padding;
  if (Math.floor((digits * 3) / 4) > ARTIFACT_BYTES_MAX) return "too long";
  // Node leaves out what it cannot read.
  return BASE64.test(packed) && digits % 4 !== 1 ? Buffer.from(packed, "base64") : undefined;
}

/** Byte for byte: there may be space between any two digits. What is no ASCII stays what is no base64. */
function withoutSpace(text: string): string {
  const bytes = Buffer.from(text);
  let length = 0;
  for (const byte of bytes) {
    const isSpace = byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
    if (!isSpace) bytes[length++] = byte;
  }
  return bytes.toString("latin1", 0, length);
}

const BASE64 = /^[\w+/-]*={0,2}$/;
const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

function isTextOrNothing(value: unknown): value is string | null | undefined {
  return value == null || typeof value === "string";
}

function wrong(field: string, what: string): FailureFacts {
  return { kind: "invalid_args", message: `"${field}" ${what}`, field };
}
