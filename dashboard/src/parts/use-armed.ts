// Guards a button that gives something away: a page of somebody else may open this one below a click that was meant for it. What
// counts as seen is here, how long in arming.ts; most buttons take ArmedButton.

import { type RefCallback, useCallback, useRef, useState } from "react";
import { Arming, LOOK_MS } from "./arming.ts";

export interface Armed {
  /** For the element that is clicked. */
  readonly ref: RefCallback<HTMLElement>;
  /** For the eye, and for assistive technology. */
  readonly isArmed: boolean;
  /** For the click itself: looks once more. */
  mayClick(): boolean;
}

export function useArmed(): Armed {
  const [isArmed, setIsArmed] = useState(false);
  const look = useRef<() => boolean>(() => false);
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return;
    const arming = new Arming();
    look.current = () => {
      const isNow = arming.look(placeOf(element), performance.now());
      setIsArmed(isNow);
      return isNow;
    };
    const again = () => {
      arming.reset();
      look.current();
    };
    const timer = setInterval(() => look.current(), LOOK_MS);
    window.addEventListener("focus", again);
    window.addEventListener("blur", again);
    document.addEventListener("visibilitychange", again);
    return () => {
      clearInterval(timer);
      window.removeEventListener("focus", again);
      window.removeEventListener("blur", again);
      document.removeEventListener("visibilitychange", again);
      look.current = () => false;
    };
  }, []);
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

/** Nobody clicks what is scrolled away, and whoever scrolls there wants to see it: that does not begin the wait again. */
function isScrolledAway(element: HTMLElement, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x > window.innerWidth || y > window.innerHeight) return true;
  for (let box = element.parentElement; box !== null; box = box.parentElement) {
    const { left, top, right, bottom } = box.getBoundingClientRect();
    const isOutside = x < left || x > right || y < top || y > bottom;
    if (isOutside && getComputedStyle(box).overflow !== "visible") return true;
  }
  return false;
}
