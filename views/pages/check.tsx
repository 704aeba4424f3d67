import { CHECKS, type CheckName, TITLES } from "../client/check/findings.ts";
import type { Place } from "../client/check/words.ts";
import { DoorPage } from "../layout.tsx";
import { Banner } from "../parts/banner.tsx";
import { Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";

export interface CheckProps {
  place: Place;
  /** Our own server answers browsers itself, and pings what it holds open. */
  ownFront: boolean;
  /** `stun:stun.example.org:3478` */
  stun: readonly string[];
  /** Where the server sees this browser. */
  address: string;
  /** The class whose instructor is told. */
  of?: { name: string; code: string; over: boolean };
  now: string;
  nameMost: number;
}

const TITLE = "Check your network";

/** `/check`, `/check/CODE`: runs by itself as soon as it is open (views/client/check). */
export function Check(props: CheckProps) {
  const { of } = props;
  return (
    <DoorPage title={`${TITLE} – ClaraTeach`} homeHref="/join" wide script="check.js">
      <div>
        <h1>{TITLE}</h1>
        <p>
          {of && !of.over ? `For “${of.name}”. ` : ""}This page tries what a class needs of this network and this browser. It
          takes a little over a minute; keep it open.
        </p>
      </div>
      {of?.over && (
        <Banner icon="info" bold={`“${of.name}” has ended.`}>
          The check works all the same, but nobody is told of it.
        </Banner>
      )}
      <div class="without-script">
        <Banner kind="bad" bold="This browser runs no scripts.">
          Turn JavaScript on for this address: this page needs it, and so does the class.
        </Banner>
      </div>
      <Results {...props} />
      {of && !of.over && <WhoIsIt {...props} />}
      {!of && <WhichClass />}
    </DoorPage>
  );
}

/** What the script reads, and fills in. */
function Results({ place, ownFront, stun, address, of, now }: CheckProps) {
  const known = {
    place,
    ownFront,
    stun,
    address,
    now,
    ...(of && !of.over && { noteAt: `/check/${encodeURIComponent(of.code)}` }),
  };
  return (
    <section class="stack needs-script" id="check" data-known={JSON.stringify(known)}>
      <div class="banner" id="verdict" role="status" data-is="doing">
        <Marks />
        <p>
          <strong>Checking …</strong>
        </p>
      </div>
      <div class="card">
        <ol class="tasks checks">
          {CHECKS.map((name) => (
            <Row name={name} key={name} />
          ))}
        </ol>
      </div>
      <div class="buttons">
        <button
          type="button"
          class="button primary"
          id="copy"
          data-copy=""
          data-done="Copied. Paste it into a mail to the IT department."
        >
          <Icon name="copy" />
          Copy for the IT department
        </button>
        <button type="button" class="button" id="clipboard">
          Test the clipboard
        </button>
        <button type="button" class="button" id="again">
          <Icon name="reload" />
          Check again
        </button>
      </div>
      <p class="quieter small">The test of the clipboard puts a few words in the place of what you copied last.</p>
    </section>
  );
}

function Row({ name }: { name: CheckName }) {
  return (
    <li class="task" id={`check-${name}`} data-is="doing">
      <Marks />
      <span>{TITLES[name]}</span>
      <span class="took">checking</span>
      <span class="more" />
    </li>
  );
}

/** One is shown: by `data-is` of what they stand in. */
function Marks() {
  return (
    <span class="marks" aria-hidden="true">
      <i class="spin" />
      <Icon name="check" />
      <Icon name="close" />
      <Icon name="warn" />
      <i class="none" />
    </span>
  );
}

function WhoIsIt({ nameMost }: CheckProps) {
  return (
    <form id="who" class="needs-script">
      <Field
        id="name"
        label="Your name"
        optional="optional"
        hint="Your instructor sees what was found, and your name if you give it, until the class ends."
      >
        {(control) => <input {...control} name="name" autocomplete="nickname" maxLength={nameMost} />}
      </Field>
      <button type="submit" class="button">
        Tell my instructor who this is
      </button>
      <p id="noted" class="quieter small" role="status" />
    </form>
  );
}

function WhichClass({ code = "", problem }: { code?: string; problem?: string }) {
  return (
    <form method="get" action="/check">
      <Field
        id="code"
        label="Workshop code"
        optional="optional"
        hint="With it your instructor sees what was found."
        problem={problem}
      >
        {(control) => (
          <input
            {...control}
            name="code"
            class="code-input"
            value={code}
            placeholder="WORD-0000"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            maxLength={24}
          />
        )}
      </Field>
      <button type="submit" class={problem ? "button primary" : "button"}>
        Check for this class
      </button>
    </form>
  );
}

/** Of what was typed as a code; longer ones fill the page. */
const SHOWN_MOST = 20;

/** A code that no class has. @param noCode where it hasn't the form of one: a sentence that says so */
export function CheckRefused({ code, noCode }: { code: string; noCode?: string | undefined }) {
  const shown = code.toUpperCase().slice(0, SHOWN_MOST);
  const problem = noCode ?? `No workshop has the code ${shown}. Compare it with what your instructor sent, letter by letter.`;
  return (
    <DoorPage title={`${TITLE} – ClaraTeach`} homeHref="/join">
      <div>
        <h1>{TITLE}</h1>
        <p>The network can be checked without a code, too: then nobody is told of what was found.</p>
      </div>
      <WhichClass code={shown} problem={problem} />
      <a class="button quiet" href="/check">
        Check without a code
      </a>
    </DoorPage>
  );
}
