import { shown, span } from "../client/shared/when.ts";
import type { ArchiveView, ReceiptLine, ReceiptView } from "../workshop.ts";
import { bytes, count } from "./amounts.ts";
import { CopyButton } from "./copy.tsx";
import { Icon } from "./icon.tsx";
import { Time } from "./time.tsx";

/** What was removed, and that it was looked for again. */
export function Receipt({ receipt, name, id, now }: { receipt: ReceiptView; name: string; id: string; now: string }) {
  return (
    <article class="card receipt">
      <div class="pad">
        <header class="seal">
          <Icon name={receipt.complete ? "sealed" : "warn"} />
          <div>
            <h2>{receipt.complete ? "Nothing is left running" : "Something may be left"}</h2>
            <p class="quieter">
              Removed on <Time at={receipt.removedAt} now={now} show="moment" />, looked for again at{" "}
              <Time at={receipt.checkedAt} now={now} show="seconds" />.
            </p>
          </div>
        </header>
        <ol>
          {receipt.lines.map((line) => (
            <Line key={line.text} line={line} />
          ))}
        </ol>
        <p class="foot">{summary(receipt)}</p>
        <div class="buttons">
          <CopyButton text={asText(receipt, name, id, now)} done="Receipt copied.">
            Copy receipt
          </CopyButton>
        </div>
      </div>
    </article>
  );
}

function Line({ line }: { line: ReceiptLine }) {
  return (
    <li>
      <b>{line.count}</b>
      <span>
        {line.text}
        {line.name && (
          <>
            , <span class="mono small">{line.name}</span>
          </>
        )}
      </span>
      <span class={line.gone ? "gone" : "gone not"}>
        <Icon name={line.gone ? "check" : "warn"} small />
        {line.gone ? "gone" : "still there"}
      </span>
    </li>
  );
}

function summary(receipt: ReceiptView): string {
  const learners = receipt.learners === 0 ? "nobody joined" : count(receipt.learners, "learner");
  return [learners, receipt.ran > 0 ? span(receipt.ran) : "never started"].join(" · ");
}

function asText(receipt: ReceiptView, name: string, id: string, now: string): string {
  return [
    `${receipt.complete ? "Nothing is left running" : "Something may be left"}: ${name} (${id})`,
    `Removed on ${shown("moment", receipt.removedAt, now)}, looked for again at ${shown("seconds", receipt.checkedAt, now)}.`,
    ...receipt.lines.map(
      (line) => `${line.count} ${line.text}${line.name ? `, ${line.name}` : ""}: ${line.gone ? "gone" : "STILL THERE"}`,
    ),
    summary(receipt),
  ].join("\n");
}

/** Everyone's work, while it is kept. */
export function Archive({
  archive,
  kept,
  id,
  now,
}: {
  archive: ArchiveView | undefined;
  kept: boolean;
  id: string;
  now: string;
}) {
  if (!archive) {
    return (
      <Panel>
        {kept
          ? "The archive is gone: it was deleted, or its time was over."
          : "Nothing was kept, as you chose when you stopped the workshop."}
      </Panel>
    );
  }
  return (
    <Panel
      buttons={
        <div class="buttons">
          <a class="button primary wide" href={`/workshops/${id}/archive.zip`} download>
            <Icon name="download" />
            Download, {bytes(archive.size)}
          </a>
          <a class="button wide" href={`/workshops/${id}/archive`} data-ask>
            Delete it now…
          </a>
        </div>
      }
    >
      One archive with a folder for {archive.learners === 1 ? "the one learner" : `each of the ${archive.learners} learners`}. It
      is deleted on <Time at={archive.until} now={now} show="dayClock" />.
    </Panel>
  );
}

function Panel({ children, buttons }: { children: preact.ComponentChildren; buttons?: preact.ComponentChildren }) {
  return (
    <aside class="card">
      <div class="pad stack">
        <div class="said">
          <h2>Everyone’s work</h2>
          <p class="quieter">{children}</p>
        </div>
        {buttons}
      </div>
    </aside>
  );
}
