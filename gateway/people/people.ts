import { randomBytes } from "node:crypto";
import { cookiesOf } from "../../agent/contract/cookies.ts";
import { Problem } from "../../agent/contract/errors.ts";
import type { Config } from "../config.ts";
import type { Db } from "../db/schema.ts";
import type { Caller, Instructor, PeopleService } from "../services.ts";
import { browserCookie, browserIn, isOwnOrigin, isUnsafe, sessionCookie } from "./cookies.ts";
import { digestOf, sameDigest } from "./digest.ts";
import type { FailureLimits } from "./limits.ts";

/** A local installation has one instructor: whoever started it. Scripts with the API token act as the same one. */
export const LOCAL_INSTRUCTOR: Instructor = { id: "local", name: "Instructor" };

/** A term's worth of Mondays would be too long; a long day of classes fits. */
const SESSION_MS = 14 * 24 * 3_600_000;
/** The link stands in a terminal's scrollback or a service's journal, where others may read it later: it is good for an hour, once. */
const LINK_MS = 3_600_000;
/** Secrets of links have 256 bits: nobody guesses them; this keeps the log short. */
const LINK_FAILURES = 20;

type Settings = Pick<Config, "url" | "apiTokenDigest">;

/** Who is asking: sign-in links, sessions, the API token. */
export class People implements PeopleService {
  readonly #secure: boolean;

  constructor(
    private readonly db: Db,
    private readonly config: Settings,
    private readonly limits: FailureLimits,
  ) {
    this.#secure = config.url.startsWith("https:");
  }

  /** The one-time link that signs the local instructor in. Earlier ones end. The secret is in the fragment: no log ever sees it. */
  async signInLink(): Promise<string> {
    const secret = randomBytes(32).toString("base64url");
    const now = new Date();
    await this.db.transaction().execute(async (tx) => {
      const person = { ...LOCAL_INSTRUCTOR, created_at: now.toISOString() };
      await tx
        .insertInto("instructors")
        .values(person)
        .onConflict((c) => c.doNothing())
        .execute();
      await tx.deleteFrom("sign_in_links").execute();
      const expires_at = new Date(now.getTime() + LINK_MS).toISOString();
      await tx
        .insertInto("sign_in_links")
        .values({ digest: digestOf(secret), instructor: LOCAL_INSTRUCTOR.id, expires_at, used: 0 })
        .execute();
    });
    return `${this.config.url}/sign-in#${secret}`;
  }

  async instructor(request: Request): Promise<Instructor> {
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (bearer !== undefined) return this.#byToken(bearer);
    const found = await this.maybeInstructor(request);
    if (!found)
      throw new Problem("UNAUTHORIZED", "You are not signed in. Open the sign-in link from the terminal, or send an API token.");
    if (isUnsafe(request) && !isOwnOrigin(request, this.config.url)) throw strangeOrigin(request);
    return found;
  }

  async maybeInstructor(request: Request): Promise<Instructor | undefined> {
    const session = cookiesOf(request.headers).get(this.#sessionName);
    if (!session) return undefined;
    return this.db
      .selectFrom("sessions")
      .innerJoin("instructors", "instructors.id", "sessions.instructor")
      .select(["instructors.id", "instructors.name"])
      .where("sessions.digest", "=", digestOf(session))
      .where("sessions.expires_at", ">", new Date().toISOString())
      .executeTakeFirst();
  }

  async signIn(secret: string, { address }: Caller): Promise<{ cookie: string; instructor: Instructor }> {
    const says = "Too many sign-in links that don't work.";
    const takeBack = this.limits.begin([{ kind: "sign-in", key: address, most: LINK_FAILURES, says }]);
    const session = randomBytes(32).toString("base64url");
    const instructor = await this.#useLink(digestOf(secret), digestOf(session));
    if (instructor) {
      takeBack();
      return { cookie: sessionCookie(this.#sessionName, session, SESSION_MS / 1000, this.#secure), instructor };
    }
    throw new Problem("UNAUTHORIZED", "That link was already used or is too old. Each link signs in one browser, once.");
  }

  async signOut(request: Request): Promise<string> {
    const session = cookiesOf(request.headers).get(this.#sessionName);
    if (session) await this.db.deleteFrom("sessions").where("digest", "=", digestOf(session)).execute();
    return sessionCookie(this.#sessionName, "", 0, this.#secure);
  }

  requireOwnOrigin(request: Request): void {
    if (request.headers.has("origin") && !isOwnOrigin(request, this.config.url)) throw strangeOrigin(request);
  }

  browserOf(request: Request): string | undefined {
    return browserIn(cookiesOf(request.headers), this.#secure);
  }

  browserCookie(browser: string): string {
    return browserCookie(browser, this.#secure);
  }

  /** Under TLS no other host and no plain page can set it. */
  get #sessionName(): string {
    return this.#secure ? "__Host-ct_session" : "ct_session";
  }

  #byToken(token: string): Instructor {
    const known = this.config.apiTokenDigest;
    if (known !== undefined && sameDigest(digestOf(token), known)) return LOCAL_INSTRUCTOR;
    throw new Problem(
      "UNAUTHORIZED",
      "This API token isn't known. It is the value of CLARATEACH_API_TOKEN where the gateway was started.",
    );
  }

  /** The link ends and the session begins in one transaction: two uses at once make one session. */
  async #useLink(link: string, session: string): Promise<Instructor | undefined> {
    const now = new Date();
    return this.db.transaction().execute(async (tx) => {
      const used = await tx
        .updateTable("sign_in_links")
        .set({ used: 1 })
        .where("digest", "=", link)
        .where("used", "=", 0)
        .where("expires_at", ">", now.toISOString())
        .returning("instructor")
        .executeTakeFirst();
      if (!used) return undefined;
      const expires_at = new Date(now.getTime() + SESSION_MS).toISOString();
      await tx.deleteFrom("sessions").where("expires_at", "<", now.toISOString()).execute();
      await tx
        .insertInto("sessions")
        .values({ digest: session, instructor: used.instructor, created_at: now.toISOString(), expires_at })
        .execute();
      return tx.selectFrom("instructors").select(["id", "name"]).where("id", "=", used.instructor).executeTakeFirst();
    });
  }
}

function strangeOrigin(request: Request): Problem {
  const origin = request.headers.get("origin");
  return new Problem(
    "FORBIDDEN",
    `This request comes from ${origin ? `“${origin}”` : "no page of ours"}. Do it on ClaraTeach's own pages.`,
  );
}
