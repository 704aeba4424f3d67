import type { Server } from "bun";

/** Between two looks: an answer that has been taken counts so long, and a look at thousands takes a few milliseconds. */
const LOOK_MS = 250;

/** Answers that Bun carries to clients by itself, which costs a third of what it does when each piece passes through our hands. */
export interface UnderWay {
  /** @param over called once, when nothing of this call's answer is on its way any more, or its client has left */
  watch(request: Request, server: Pick<Server<unknown>, "requestIP">, over: () => void): void;
  stop(): void;
}

/** Bun tells nobody that an answer has been taken, but of a call that is over it knows no address any more: that is looked for. */
export function openUnderWay(): UnderWay {
  const calls = new Map<Request, { server: Pick<Server<unknown>, "requestIP">; over: () => void }>();
  const timer = setInterval(() => {
    for (const [request, { server, over }] of calls) {
      if (server.requestIP(request) !== null) continue;
      calls.delete(request);
      over();
    }
  }, LOOK_MS);
  return {
    watch: (request, server, over) => void calls.set(request, { server, over }),
    stop: () => clearInterval(timer),
  };
}
