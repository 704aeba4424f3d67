import { DoorPage } from "../layout.tsx";
import { Banner } from "../parts/banner.tsx";

export interface SignInProps {
  /** The beginning of a one-time link, up to the `#`. */
  linkStart: string;
  /** Why the last try didn't sign in. */
  refused?: { bold: string; rest: string };
}

/** `/sign-in`: the secret of a one-time link stands behind `#`, which no server or log ever sees; a script posts it. */
export function SignIn({ linkStart, refused }: SignInProps) {
  return (
    <DoorPage title="Sign in – ClaraTeach">
      <div>
        <h1>Sign in</h1>
        <p>{refused ? "This page is for instructors." : "This page is for instructors. You are signed out."}</p>
      </div>
      {refused && (
        <Banner kind="warn" blocks bold={refused.bold}>
          {refused.rest}
        </Banner>
      )}
      <p class="state signing" data-is="reconnecting" data-signing hidden>
        <i class="dot" />
        Signing in
      </p>
      <section class="card">
        <div class="pad stack">
          <h2>Use your one-time link</h2>
          <p class="quieter">The terminal where ClaraTeach was started printed it. It begins like this:</p>
          <pre class="line">
            {linkStart}#<span class="prompt">k7…</span>
          </pre>
          <p class="quieter">Used up or scrolled away? This prints a new one, also while ClaraTeach runs:</p>
          <pre class="line">
            <span class="prompt">$</span> ./scripts/start link
          </pre>
          <form method="post" action="/sign-in" class="stack without-script" data-sign-in>
            <div class="field">
              <label for="secret">What stands behind the # of the link</label>
              <input id="secret" name="secret" class="mono" autocomplete="off" spellcheck={false} maxLength={200} required />
            </div>
            <button type="submit" class="button primary wide">
              Sign in
            </button>
          </form>
        </div>
      </section>
      <p class="quieter small">
        Here to learn? <a href="/join">Join a workshop</a> with its code; you need no account.
      </p>
    </DoorPage>
  );
}
