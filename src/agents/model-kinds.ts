// Tells by its name what a model is for: servers list all of theirs in one list and rarely say more.

const EMBEDDING =
  /embed|(?:^|[^a-z])(?:bge|e5|gte|minilm|nomic|arctic|mxbai|gtr|sbert)(?:[^a-z]|$)|sentence-t|all-mpnet/i;
/** Neither chat nor embedding: these are never chosen unasked. */
const OTHER =
  /whisper|(?:^|[^a-z])(?:tts|dall-e|sora|rerank(?:er)?|moderation|transcribe|ocr|stable-diffusion|flux)(?:[^a-z]|$)|-(?:image|audio|realtime|search)(?:-|$)/i;

export function isEmbeddingName(id: string): boolean {
  return EMBEDDING.test(id);
}

interface Candidate {
  readonly id: string;
  readonly type: "chat" | "embedding";
}

/** The models to take when nobody says which: the first of each kind, as the server has them. */
export function defaultsAmong(models: readonly Candidate[]): {
  chat: string | undefined;
  embedding: string | undefined;
} {
  const chats = models.filter(({ type }) => type === "chat");
  return {
    chat: (chats.find(({ id }) => !OTHER.test(id)) ?? chats[0])?.id,
    embedding: models.find(({ type }) => type === "embedding")?.id,
  };
}
