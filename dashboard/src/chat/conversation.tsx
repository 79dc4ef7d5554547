// One conversation: what was said, the answer that is being made, and the next question. Several pages may have it open: all of
// them see the same answer come.

import { Button, Group, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { ApiError } from "../api/api-error.ts";
import { refresh } from "../api/topics.ts";
import { useAnswer } from "../api/use-answer.ts";
import { useChange } from "../api/use-change.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { PageTitle } from "../parts/page-title.tsx";
import { plainText } from "../parts/plain-text.ts";
import { AskFailure } from "./ask-failure.tsx";
import classes from "./chat.module.css";
import { Composer } from "./composer.tsx";
import { endDraft, moveDraft } from "./drafts.ts";
import { LiveAnswer } from "./live-answer.tsx";
import { RunNotes } from "./run-notes.tsx";
import type { Run, Turn } from "./run-turns.ts";
import { SessionFiles } from "./session-files.tsx";
import { ShownTurn } from "./turn.tsx";
import { useKnownDurations } from "./use-known-durations.ts";
import { type FollowedRun, useRun } from "./use-run.ts";
import { useStickToEnd } from "./use-stick-to-end.ts";

/** Of a long conversation, what is shown at first, and more each time that somebody asks for it. */
const TURNS_SHOWN = 60;

const NEW_CONVERSATION = { to: "/ui/chat", text: "New conversation" };

export function Conversation({ id }: { readonly id: string }) {
  const answer = useAnswer("GET /sessions/{session}", { params: { session: id } });
  const agents = useAnswer("GET /agents", {});
  const [asked, setAsked] = useState<string>();
  const [shownMax, setShownMax] = useState(TURNS_SHOWN);
  const session = answer.data;
  const run = session?.run ?? undefined;
  const told = useRun(run?.state === "running" ? run.run_id : undefined);
  const isDeleted = isGone(answer.error) && (run?.state === "running" || session?.messages.length !== 0);
  const isAnswering = run?.state === "running" && !isDeleted;
  const messages = useKnownDurations(session?.messages);
  const navigate = useNavigate();
  const scroll = useStickToEnd([messages, told, asked, run?.state]);
  const begin = useChange("POST /sessions/{session}/runs", { changes: [], isFailureShown: true });
  const anew = useChange("POST /sessions", { changes: ["sessions"], isFailureShown: true });
  const stop = useChange("POST /runs/{run}/stop", { changes: ["sessions"] });

  /** A conversation in which nobody was ever answered does not stay for long: then the question begins another one. */
  const beginAnew = (text: string) =>
    new Promise<unknown>((resolve) =>
      anew.mutate(
        { body: { text, ...(session === undefined ? {} : { agent: session.agent_id }) } },
        {
          onSuccess({ session_id }) {
            endDraft(id, text);
            moveDraft(id, session_id);
            void navigate(`/ui/chat/${session_id}`, { replace: true });
          },
          onSettled: resolve,
        },
      ),
    );
  const send = async (text: string) => {
    setAsked(text);
    scroll.toEnd();
    const begun = await begin
      .mutateAsync({ params: { session: id }, body: { text } })
      .catch((error: ApiError) => (isGone(error) && messages?.length === 0 ? beginAnew(text) : undefined));
    // With what the session says then, the question stands there as the run's.
    await refresh(["sessions"]);
    setAsked(undefined);
    return begun !== undefined;
  };

  if (answer.error !== null && session === undefined) {
    return (
      <>
        <PageTitle title="Chat" />
        <ErrorNotice error={answer.error} retry={() => void answer.refetch()} way={NEW_CONVERSATION} />
      </>
    );
  }
  if (session === undefined || messages === undefined) {
    return (
      <>
        <PageTitle title="Chat" />
        <Skeleton h={240} aria-label="Loading" />
      </>
    );
  }
  const agent = agents.data?.agents.find((one) => one.id === session.agent_id);
  const shown = messages.slice(-shownMax);
  const isFailed = run?.state === "over" && run.error !== null && !isEndedByOthers(run);
  const failure = anew.error ?? begin.error;
  // What was asked, where the transcript does not have it: it is being answered, or nobody answered it.
  const question = asked ?? (run?.state === "running" || run?.is_kept === false ? run?.text : undefined);
  return (
    <>
      <PageTitle title={plainText(session.title)}>
        <Text size="sm" className="plugin-text">
          {factsText(agent?.name, run?.model ?? agent?.model ?? undefined)}
        </Text>
      </PageTitle>
      {isDeleted && <ErrorNotice error={deleted(told.end)} way={NEW_CONVERSATION} />}
      {answer.error !== null && !isGone(answer.error) && (
        <ErrorNotice error={answer.error} retry={() => void answer.refetch()} isOldBelow />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the keyboard */}
      <section className={classes["transcript"] ?? ""} aria-label="Conversation" tabIndex={0} ref={scroll.box}>
        {shown.length < messages.length && (
          <Group justify="center" mb="md">
            <Button size="xs" variant="default" onClick={() => setShownMax(shownMax + TURNS_SHOWN)}>
              Show earlier turns
            </Button>
          </Group>
        )}
        {session.older > 0 && shown.length === messages.length && (
          <Text size="sm" ta="center" mb="md">{`${session.older} older turns are kept, and not shown here.`}</Text>
        )}
        <ol className={classes["turns"] ?? ""}>
          {shown.map((turn, index) => {
            // Turns are only ever added, behind the others.
            const place = messages.length - shown.length + index;
            return <ShownTurn key={place} turn={turn} />;
          })}
          {question !== undefined && <ShownTurn turn={said(question)} />}
          {(isAnswering || told.turns.length > 0) && (
            <LiveAnswer told={isDeleted ? withoutRefusal(told) : told} session={session} />
          )}
        </ol>
        {isFailed && asked === undefined && (
          <AskFailure error={run.error!} {...(run.is_kept ? {} : { retry: () => void send(run.text) })} />
        )}
        {run?.state === "over" && <RunNotes run={run} />}
        {failure !== null && asked === undefined && <AskFailure error={failure} />}
        <SessionFiles session={session} />
      </section>
      <VisuallyHidden>
        <output aria-live="polite">{isDeleted ? "" : announcement(run)}</output>
      </VisuallyHidden>
      <Composer
        conversation={id}
        isAnswering={isAnswering}
        isSending={asked !== undefined}
        send={send}
        {...(run === undefined ? {} : { stop: () => stop.mutate({ params: { run: run.run_id } }) })}
      />
    </>
  );
}

/** For whoever hears the page: a failure is told where it stands. */
function announcement(run: Run | undefined): string {
  if (run?.state === "running") return "The agent answers.";
  if (run === undefined) return "";
  if (run.ended_by !== null) return "The answer was ended.";
  return run.error === null ? "The answer is complete." : "";
}

function isGone(error: ApiError | null): boolean {
  return error?.code === "session_unknown";
}

/** For whoever has it open still. */
function deleted(end: Run | undefined) {
  const what =
    end?.ended_by === "agent"
      ? "Its agent was deleted, and this conversation with it"
      : "This conversation was deleted";
  return { code: "session_unknown", message: `${what}. What stands below is kept nowhere`, hint: undefined };
}

/** Of a conversation that is gone the host tells no run: that is said above. */
function withoutRefusal(told: FollowedRun): FollowedRun {
  return { ...told, refusal: undefined, isCutOff: false };
}

/** The notes say it then: that something else went wrong for it is a consequence. */
function isEndedByOthers({ ended_by: by }: Run): boolean {
  return by !== null && by !== "stop";
}

function said(text: string): Turn {
  return { role: "user", text };
}

function factsText(agent: string | undefined, model: string | undefined): string {
  return [agent === undefined ? [] : plainText(agent), model === undefined ? "default model" : plainText(model)]
    .flat()
    .join(" · ");
}
