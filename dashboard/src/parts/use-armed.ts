// Guards a button that gives something away: a page of somebody else may open this one below a click that was meant for it. What
// counts as seen is here, how long in arming.ts; most buttons take ArmedButton.

import { type RefCallback, useCallback, useRef, useState } from "react";
import { Arming } from "./arming.ts";

export interface Armed {
  /** For the element that is clicked. */
  readonly ref: RefCallback<HTMLElement>;
  /** For the eye, and for assistive technology. */
  readonly isArmed: boolean;
  /** For the click itself: looks once more. */
  mayClick(): boolean;
}

interface ArmedOptions {
  /** It may move while somebody types above it: only that it appears, and that the window is looked at again, begins the wait. */
  readonly mayMove?: boolean;
}

export function useArmed({ mayMove = false }: ArmedOptions = {}): Armed {
  const [isArmed, setIsArmed] = useState(false);
  const look = useRef<() => boolean>(() => false);
  const ref = useCallback(
    (element: HTMLElement | null) => {
      if (element === null) return;
      const arming = new Arming();
      look.current = () => {
        const place = placeOf(element);
        const isNow = arming.look(mayMove && place !== undefined ? "anywhere" : place, performance.now());
        setIsArmed(isNow);
        return isNow;
      };
      const again = () => {
        arming.reset();
        look.current();
      };
      // At each frame: it must never seem to be armed at a place to which it just moved.
      let frame = 0;
      const lookOn = () => {
        look.current();
        frame = requestAnimationFrame(lookOn);
      };
      lookOn();
      window.addEventListener("focus", again);
      window.addEventListener("blur", again);
      document.addEventListener("visibilitychange", again);
      // Whoever changes the fragment of the address scrolls the page.
      window.addEventListener("hashchange", again);
      return () => {
        cancelAnimationFrame(frame);
        window.removeEventListener("focus", again);
        window.removeEventListener("blur", again);
        document.removeEventListener("visibilitychange", again);
        window.removeEventListener("hashchange", again);
        look.current = () => false;
      };
    },
    [mayMove],
  );
  return { ref, isArmed, mayClick: useCallback(() => look.current(), []) };
}

/** Where on the page it is, wherever that is scrolled to; undefined while nobody sees it. */
function placeOf(element: HTMLElement): string | undefined {
  if (document.visibilityState === "hidden" || !document.hasFocus()) return undefined;
  const { left, top, width, height } = element.getBoundingClientRect();
  const [middleX, middleY] = [left + width / 2, top + height / 2];
  const isOnTop = element.contains(document.elementFromPoint(middleX, middleY));
  if (!isOnTop && !isScrolledAway(element, middleX, middleY)) return undefined;
  let [x, y] = [0, 0];
  for (let box: Element | null = element; box instanceof HTMLElement; box = box.offsetParent) {
    x += box.offsetLeft;
    y += box.offsetTop;
  }
  return `${x} ${y}`;
}

/**
 * Nobody clicks what is scrolled away, and whoever scrolls there wants to see it: that does not begin the wait again. Not so in a
 * window that another page has opened and may scroll.
 */
function isScrolledAway(element: HTMLElement, x: number, y: number): boolean {
  if (window.opener !== null) return false;
  if (x < 0 || y < 0 || x > window.innerWidth || y > window.innerHeight) return true;
  for (let box = element.parentElement; box !== null; box = box.parentElement) {
    const { left, top, right, bottom } = box.getBoundingClientRect();
    const isOutside = x < left || x > right || y < top || y > bottom;
    if (isOutside && getComputedStyle(box).overflow !== "visible") return true;
  }
  return false;
}
