// Should the "osaurus tools test" that began tests be killed, nothing of them stays: neither Node's test runner nor the
// processes of tests that it starts.

/** How often it is looked whether who started this process is still there. */
const LOOK_MS = 1_000;
/** How long tests have to remove what they put aside, once they are asked to. */
const GRACE_MS = 2_000;

/** For the runner, which leads a group: asks all in it to end. A test that never waits for anything does not hear that. */
export function endGroupWith(starter) {
  whenGone(starter, () => {
    process.on("SIGHUP", () => {});
    signalGroup("SIGHUP");
    setTimeout(signalGroup, GRACE_MS, "SIGKILL");
  });
}

/** For what the runner starts. */
export function endWithRunner() {
  process.once("SIGHUP", () => process.exit(1));
  whenGone(process.ppid, () => process.exit(1));
}

function whenGone(parent, end) {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end();
  }, LOOK_MS).unref();
}

function signalGroup(signal) {
  try {
    process.kill(-process.pid, signal);
  } catch {
    process.exit(1);
  }
}
