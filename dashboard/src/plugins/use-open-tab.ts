// Opens a page of a plugin in a tab of its own, at the plugin's own name.

import { useState } from "react";
import { ApiError, toApiError } from "../api/api-error.ts";
import { ask } from "../api/ask.ts";
import { tellFailure } from "../parts/tell.ts";

interface Opening {
  /** An agent's id; empty for the default agent. */
  readonly agent: string;
  /** The key of a status among its settings: the page that connects it. */
  readonly field?: string;
}

export function useOpenTab(pluginId: string): { readonly isOpening: boolean; open(opening: Opening): void } {
  const [isOpening, setOpening] = useState(false);
  const open = async (opening: Opening) => {
    // Browsers open tabs for what people do, and not for what comes of it later.
    const tab = window.open("about:blank", "_blank");
    if (tab === null) {
      const hint = "allow this page to open tabs, and try again";
      return tellFailure(new ApiError("unreachable", "the browser did not open a tab", { hint }));
    }
    tab.opener = null;
    setOpening(true);
    try {
      tab.location.href = await pageLink(pluginId, opening);
    } catch (thrown) {
      tab.close();
      tellFailure(toApiError(thrown, "the page was not opened"));
    } finally {
      setOpening(false);
    }
  };
  return { isOpening, open: (opening) => void open(opening) };
}

/** An address that lets this browser in, once. Throws `ApiError`. */
export async function pageLink(
  pluginId: string,
  { agent, field, frame = false }: Opening & { readonly frame?: boolean },
): Promise<string> {
  const body = {
    ...(agent === "" ? {} : { agent }),
    ...(field === undefined ? {} : { field }),
    ...(frame ? { frame } : {}),
  };
  return (await ask("POST /plugins/{plugin}/open", { params: { plugin: pluginId }, body })).url;
}
