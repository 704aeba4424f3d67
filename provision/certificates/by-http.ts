import type { Way } from "./request-authority.ts";

/** Where authorities find the answers to their challenges. */
export interface ChallengeAnswers {
  /** Resolves once port 80 gives this answer. @throws DoorProblem when it doesn't */
  put(token: string, answer: string, host: string): Promise<void>;
  remove(token: string): Promise<void>;
}

/** One host, shown by an answer at its port 80 (RFC 8555 §8.3). */
export const byHttp = (answers: ChallengeAnswers): Way => ({
  advice: "Does the name point to this server, and is port 80 open to everybody?",
  type: "http-01",
  names: (host) => [host],
  show: async (host, challenges) => {
    for (const { token, keyAuthorization } of challenges) await answers.put(token, keyAuthorization, host);
  },
  hide: async (_, challenges) => {
    for (const { token } of challenges) await answers.remove(token);
  },
});
