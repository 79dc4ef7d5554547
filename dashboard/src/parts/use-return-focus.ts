// Whoever closes a dialog goes on with the keyboard where it was opened. For dialogs that are there only while they are open; the
// library's own do it where they stay.

import { useEffect, useState } from "react";

/** @param opener what had the focus, where it may have lost it before the first drawing. */
export function useReturnFocus(opener: Element | null = null): void {
  const [focused] = useState(() => opener ?? document.activeElement);
  useEffect(
    () => () => {
      // What is focused when a dialog goes is lost with it; what somebody chose meanwhile is theirs.
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
        // A button that went with what it removed, or that works still: the page, from where the next one is near.
        if (document.activeElement === document.body)
          document.getElementById("content")?.focus({ preventScroll: true });
      });
    },
    [focused],
  );
}
