// A box that shows its end while more comes, unless somebody scrolled up to read.

import { type DependencyList, type RefCallback, useCallback, useLayoutEffect, useRef } from "react";

/** Whoever is so near to the end wants to see it. */
const NEAR_PX = 60;

export function useStickToEnd(changes: DependencyList): { readonly box: RefCallback<HTMLElement>; toEnd(): void } {
  const element = useRef<HTMLElement | null>(null);
  const isAtEnd = useRef(true);
  const box = useCallback((now: HTMLElement | null) => {
    element.current = now;
    if (now === null) return;
    const look = () => {
      isAtEnd.current = now.scrollHeight - now.scrollTop - now.clientHeight < NEAR_PX;
    };
    now.addEventListener("scroll", look, { passive: true });
    // What is drawn later makes it longer.
    const sizes = new ResizeObserver(() => {
      if (isAtEnd.current) now.scrollTop = now.scrollHeight;
    });
    for (const child of now.children) sizes.observe(child);
    return () => {
      now.removeEventListener("scroll", look);
      sizes.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const now = element.current;
    if (now !== null && isAtEnd.current) now.scrollTop = now.scrollHeight;
    // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what changes it
  }, changes);
  const toEnd = useCallback(() => {
    isAtEnd.current = true;
  }, []);
  return { box, toEnd };
}
