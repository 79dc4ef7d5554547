// How a place of the dashboard leads to the question what a plugin asks for. It is no part of the address: pages of others can open
// an address, and would choose what people are asked.

export const INSTALL_ADDRESS = "/ui/plugins/install";

/** The state of a link to that address. */
export interface ReviewWish {
  /** The id of an installed plugin that waits for consent. */
  readonly review: string;
}

/** @param state of the place where the router is. */
export function reviewOf(state: unknown): string | undefined {
  const { review } = (state ?? {}) as Partial<ReviewWish>;
  return typeof review === "string" ? review : undefined;
}
