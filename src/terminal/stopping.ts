// Ctrl-Z while the program reads the keys itself: the program is stopped as any other is, with the terminal as it was, and
// takes the terminal again when it goes on. The same for a stop that comes from outside.

/** A program that nobody can stop, for want of a shell, goes on after this time. */
const NOT_STOPPED_MS = 300;

export interface Stopping {
  /** Stops the program, and what shares its terminal. */
  stop(): void;
  end(): void;
}

interface Terminal {
  /** Right before the program is stopped. */
  give(): void;
  /** It goes on; who had the terminal meanwhile may have left it in any state. Also called where only the end of a stop was noticed. */
  take(): void;
}

/** From now on, until it is ended, stops of the program are as they should be. */
export function watchStops(process: NodeJS.Process, { give, take }: Terminal): Stopping {
  let forget = () => {};
  const stopBy = (send: () => void) => {
    forget();
    process.off("SIGTSTP", onStop);
    give();
    // The signal that it goes on comes only if it was stopped; and then behind the timers that ran out meanwhile.
    let later: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      later = setImmediate(onContinue);
    }, NOT_STOPPED_MS);
    forget = () => {
      clearTimeout(timer);
      clearImmediate(later);
      forget = () => {};
    };
    send();
  };
  const onStop = () =>
    stopBy(() => {
      // Others that were told halt what they run, and the program with it.
      if (process.listenerCount("SIGTSTP") === 0) process.kill(process.pid, "SIGTSTP");
    });
  const onContinue = () => {
    forget();
    listen();
    take();
  };
  const listen = () => {
    process.off("SIGTSTP", onStop);
    // In front of whoever stops the program: the terminal is given back before that.
    process.prependListener("SIGTSTP", onStop);
  };
  listen();
  process.on("SIGCONT", onContinue);
  return {
    // The whole group, as the terminal itself would do it: a plugin, or what started us, is not to run on alone.
    stop: () => stopBy(() => process.kill(0, "SIGTSTP")),
    end() {
      forget();
      process.off("SIGTSTP", onStop);
      process.off("SIGCONT", onContinue);
    },
  };
}

/** The same for a question that a line reader of Node's asks: left alone, it stays deaf when the program goes on. */
export function watchQuestionStops(
  process: NodeJS.Process,
  lines: NodeJS.EventEmitter,
  { askAgain, give = () => {} }: { askAgain: () => void; give?: () => void },
): Stopping {
  const { stdin } = process;
  const isRaw = stdin.isRaw === true;
  const setRaw = (wanted: boolean) => isRaw && !stdin.destroyed && stdin.setRawMode(wanted);
  const stopping = watchStops(process, {
    give() {
      give();
      setRaw(false);
    },
    take() {
      // Node only passes on what is new to it.
      setRaw(false);
      setRaw(true);
      askAgain();
    },
  });
  lines.on("SIGTSTP", stopping.stop);
  return stopping;
}
