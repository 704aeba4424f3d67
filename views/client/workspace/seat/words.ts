import type { SeatNews, SeatWorkDone, SeatWorkKind } from "../../../../agent/contract/seat-news.ts";

/** What the page says while something is done with its seat. */
export interface SeatWords {
  /** `soon`: one can still work. Else one can't. */
  is: "soon" | "working" | "waiting" | "stopped" | "failed";
  /** The first sentence, enough by itself. */
  title: string;
  text: string;
  /** In the strip, in place of "Connected". */
  word: string;
}

const KEPT = "Your files in /workspace stay.";
const AS_BEFORE = "Your files in /workspace are as they were.";
const BACK = "Your terminal comes back here by itself.";

interface Renewal {
  doing: string;
  word: string;
  noun: string;
  done: string;
  /** What becomes of what she has, before and after. */
  before: string;
  after: string;
}

/** Only a connection that a running seat can't be given ends anything; one that ends nothing isn't told. */
const CONNECTIONS: Renewal = {
  doing: "changing what is connected to",
  word: "Being changed",
  noun: "change of its connections",
  done: "made again with other connections",
  before: KEPT,
  after: AS_BEFORE,
};

/** What an instructor asks for, and a learner's work outlives. */
const RENEWALS: Partial<Record<SeatWorkKind, Renewal>> = {
  ...{ connect: CONNECTIONS, disconnect: CONNECTIONS, remount: CONNECTIONS },
  refresh: { doing: "refreshing", word: "Being refreshed", noun: "refresh", done: "refreshed", before: KEPT, after: AS_BEFORE },
  restore: {
    doing: "restoring",
    word: "Being restored",
    noun: "restore",
    done: "restored",
    before: `Your home directory is made anew. ${KEPT}`,
    after: `Your home directory was made anew. ${AS_BEFORE}`,
  },
};

/** Undefined: nothing is to be said, one works. */
export function seatWords(news: SeatNews): SeatWords | undefined {
  return news.open ? whileOpen(news) : (whileWaiting(news) ?? whileWorking(news) ?? whileNothing(news));
}

function whileOpen({ status, now }: SeatNews): SeatWords | undefined {
  const renewal = now && RENEWALS[now.kind];
  if (!renewal || renewal === CONNECTIONS) return undefined;
  const { doing, noun, word, before } = renewal;
  const soon = { is: "soon", word } as const;
  if (now.back) return { ...soon, title: `The ${noun} failed.`, text: "Nothing changes: your seat stays as it is." };
  if (status === "waiting")
    return {
      ...soon,
      title: `The ${noun} of your seat waits for your instructor.`,
      text: `Go on working. When it goes on, programs that run end. ${before}`,
    };
  return {
    ...soon,
    title: `Your instructor is ${doing} your seat.`,
    text: `You can still work. In a moment programs that run end. ${before}`,
  };
}

function whileWaiting({ status, now }: SeatNews): SeatWords | undefined {
  if (status !== "waiting") return undefined;
  const noun = now && RENEWALS[now.kind]?.noun;
  return {
    is: "waiting",
    title: noun ? `The ${noun} of your seat waits for your instructor.` : "Your seat waits for your instructor.",
    text: `Something in it failed, and your instructor sees what. ${noun ? `${KEPT} ${BACK}` : "It opens here by itself."}`,
    word: "Waiting",
  };
}

function whileWorking({ now }: SeatNews): SeatWords | undefined {
  if (!now) return undefined;
  const renewal = RENEWALS[now.kind];
  const working = { is: "working" } as const;
  if (renewal && now.back)
    return {
      ...working,
      title: `The ${renewal.noun} failed, and your seat goes back to what it was.`,
      text: `Programs that ran have ended. ${KEPT} ${BACK}`,
      word: "Going back",
    };
  if (renewal)
    return {
      ...working,
      title: `Your instructor is ${renewal.doing} your seat.`,
      text: `Programs that ran have ended. ${renewal.before} ${BACK}`,
      word: renewal.word,
    };
  switch (now.kind) {
    case "stop":
      return {
        ...working,
        title: "Your instructor is stopping your seat.",
        text: "Programs that run end. Your files are kept.",
        word: "Stopping",
      };
    case "start":
      return { ...working, title: "Your seat is being started.", text: `Your files are as they were. ${BACK}`, word: "Starting" };
    case "repair":
      return {
        ...working,
        title: "Your seat has stopped by itself and is being started again.",
        text: `Programs that ran have ended. ${KEPT} ${BACK}`,
        word: "Starting",
      };
    case "remove":
      return {
        ...working,
        title: "Your instructor is removing your seat.",
        text: "Its files go with it.",
        word: "Being removed",
      };
    default:
      return {
        ...working,
        title: "Your seat is being made ready.",
        text: "Its terminal opens here by itself.",
        word: "Being made",
      };
  }
}

/** Nobody can work in it, and nothing is being done. */
function whileNothing({ status, last }: SeatNews): SeatWords {
  if (status === "stopped")
    return {
      is: "stopped",
      title: "Your seat is stopped; your files are kept.",
      text: "It opens here by itself when your instructor starts it.",
      word: "Stopped",
    };
  if (status === "off")
    return {
      is: "stopped",
      title: "Your seat was removed, with its files.",
      text: "It opens here by itself when your instructor launches it again.",
      word: "Removed",
    };
  if (status === "error" && last && last.kind !== "launch")
    return {
      is: "failed",
      title: "Your seat doesn’t run.",
      text: "Your instructor sees why. Your files are kept, and it opens here as soon as it runs.",
      word: "Not running",
    };
  if (status === "error")
    return {
      is: "failed",
      title: "Your seat could not be made.",
      text: "Your instructor sees why, and it is tried again by itself. It opens here as soon as it is ready.",
      word: "Not made",
    };
  return {
    is: "working",
    title: "Your seat is being made ready.",
    text: "Its terminal opens here by itself.",
    word: "Being made",
  };
}

/** What happened, when one can work again. Undefined: nothing that one need know. */
export function doneWords({ kind, outcome, ended }: SeatWorkDone): { strong: string; rest: string } | undefined {
  const renewal = RENEWALS[kind];
  if (renewal === CONNECTIONS && !ended) return undefined;
  const programs = ended ? "Programs that ran have ended: this is a new shell." : "What runs goes on.";
  if (renewal && outcome === "failed")
    return { strong: `Nothing changed: the ${renewal.noun} failed and your seat is as it was.`, rest: programs };
  if (renewal && outcome === "undone")
    return { strong: `Nothing changed: your instructor gave up the ${renewal.noun}.`, rest: programs };
  if (outcome !== "done") return undefined;
  if (renewal) return { strong: `Your seat was ${renewal.done}.`, rest: ended ? `${programs} ${renewal.after}` : programs };
  if (kind === "start") return { strong: "Your seat runs again.", rest: "This is a new shell; your files are as they were." };
  if (kind === "repair") return { strong: "Your seat had stopped by itself and runs again.", rest: `${programs} ${AS_BEFORE}` };
  return undefined;
}
