// What is timed inside of pages: from a movement or a letter until the rows are on the screen. The same for the dashboard and for a plain
// page, which has all rows in one table. Functions stand here as texts, because they run in the browser.

/** Resolves with the milliseconds until `isThere` says so and the picture was drawn. */
const UNTIL = `
  const until = async (act, isThere) => {
    const start = performance.now();
    act();
    const deadline = start + 20_000;
    for (;;) {
      await new Promise((next) => requestAnimationFrame(next));
      if (isThere()) break;
      if (performance.now() > deadline) throw new Error("the rows did not come");
    }
    // What was laid out before this frame is drawn with it.
    await new Promise((drawn) => { const channel = new MessageChannel(); channel.port1.onmessage = drawn; channel.port2.postMessage(0); });
    return performance.now() - start;
  };
  const type = (input, text) => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };`;

/** In the dashboard: to that row, until it and those around it are there. */
export function scrollTo(row: number): string {
  return `(async () => {${UNTIL}
    const box = document.querySelector('section[aria-label="Rows"]');
    const shown = () => {
      const there = document.querySelector('tr[aria-rowindex="${row + 2}"] a') !== null;
      return there && ![...document.querySelectorAll("tbody tr[aria-rowindex]")].some((tr) => tr.querySelector("a") === null);
    };
    return await until(() => { box.scrollTop = ${row} * 32; }, shown);
  })()`;
}

/** Types into "Path contains", until only rows with that are there; when asked for, until it is known how many there are. */
export function filterBy(text: string, untilCounted = false): string {
  return `(async () => {${UNTIL}
    const label = [...document.querySelectorAll("label")].find((one) => one.textContent === "Path contains");
    const shown = () => {
      const links = [...document.querySelectorAll("tbody tr[aria-rowindex] a")];
      const isOld = document.querySelector('table[aria-busy="true"]') !== null;
      const isCounted = !document.querySelector('[data-testid="total"]').textContent.startsWith("At least");
      if (${untilCounted} && !isCounted) return false;
      return !isOld && links.length > 0 && links.every((link) => link.textContent.includes(${JSON.stringify(text)}));
    };
    return await until(() => type(document.getElementById(label.htmlFor), ${JSON.stringify(text)}), shown);
  })()`;
}

/** A page with so many rows in one table, and a field that hides those without its text. */
export function plainPage(rows: number): string {
  return `<!doctype html><title>plain</title><style>#box { height: 600px; overflow: auto } td { height: 32px; white-space: nowrap }</style>
<input id="filter"><div id="box"><table id="table"></table></div><script>
  let html = "";
  for (let i = 0; i < ${rows}; i++) html += "<tr><td>12:00:00.000<td>org.example.plugin-" + (i % 9) + "<td>host<td>POST<td>/tools/tool-" + (i % 50) + "<td>200<td>1 ms";
  document.getElementById("table").innerHTML = html;
  document.getElementById("filter").addEventListener("input", ({ target }) => {
    for (const row of document.getElementById("table").rows) row.hidden = !row.cells[4].textContent.includes(target.value);
  });
</script>`;
}

export function plainScrollTo(row: number): string {
  return `(async () => {${UNTIL}
    const [box, row] = [document.getElementById("box"), document.getElementById("table").rows[${row}]];
    return await until(() => { box.scrollTop = row.offsetTop; }, () => true);
  })()`;
}

export function plainFilterBy(text: string): string {
  return `(async () => {${UNTIL}
    return await until(() => type(document.getElementById("filter"), ${JSON.stringify(text)}), () => document.body.offsetHeight > 0);
  })()`;
}

/** Notes long tasks of the page and the time between its frames from now on. */
export const WATCH = `(() => {
  const seen = { tasks: [], frames: [] };
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  let last = performance.now();
  const frame = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  window.seen = seen;
})()`;

/** What was noted, which is forgotten by that. */
export const SEEN = `(() => { const { tasks, frames } = window.seen; return { tasks: tasks.splice(0), frames: frames.splice(0) }; })()`;

export const TOTAL = `document.querySelector('[data-testid="total"]').textContent`;
