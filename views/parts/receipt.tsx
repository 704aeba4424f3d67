import { amounts, dollars } from "../client/shared/money.ts";
import { shown, span } from "../client/shared/when.ts";
import type { LlmReceipt, LlmUse } from "../llm.ts";
import type { ArchiveView, ReceiptItem, Receipt as ReceiptView, ShownWorkshop } from "../workshop.ts";
import { bytes, count, two } from "./amounts.ts";
import { CopyButton } from "./copy.tsx";
import { CostUse, costLines } from "./cost.tsx";
import { Icon } from "./icon.tsx";
import { Time } from "./time.tsx";

/** What was removed, and that it was looked for again. */
export function Receipt({ receipt, workshop }: { receipt: ReceiptView; workshop: ShownWorkshop }) {
  const { now, seats } = workshop;
  return (
    <article class="card receipt">
      <div class="pad">
        <header class="seal">
          <Icon name="sealed" />
          <div>
            <h2>Nothing is left running</h2>
            <p class="quieter">
              Removed on <Time at={receipt.removedAt} now={now} show="moment" />, looked for again at{" "}
              <Time at={receipt.checkedAt} now={now} show="seconds" />.
            </p>
          </div>
        </header>
        <ol>
          {linesOf(receipt).map((line) => (
            <Line key={line.kind + line.alone} line={line} seats={seats.length} />
          ))}
        </ol>
        {receipt.llm && <ClaudeUse use={receipt.llm} learners={workshop.learners} />}
        {receipt.cost && <CostUse cost={receipt.cost} />}
        <p class="foot">{summary(receipt)}</p>
        <div class="buttons">
          <CopyButton text={asText(receipt, workshop)} done="Receipt copied.">
            Copy receipt
          </CopyButton>
        </div>
      </div>
    </article>
  );
}

/** What the key was used for, seat by seat. */
function ClaudeUse({ use, learners }: { use: LlmReceipt; learners: ShownWorkshop["learners"] }) {
  return (
    <details class="use">
      <summary>
        Claude: {dollars(use.usd)}, {amounts(use)}
      </summary>
      <ul>
        {use.seats.map((seat) => (
          <li key={seat.seat}>
            <span>
              Seat {two(seat.seat)}
              {nameIn(learners, seat.seat)}
            </span>
            <span class="quieter">
              {dollars(seat.usd)}, {amounts(seat)}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Of whoever sat there last. */
function nameIn(learners: ShownWorkshop["learners"], seat: number): string {
  const name = learners.findLast((one) => one.seat === seat)?.name;
  return name ? `, ${name}` : "";
}

/** What is of one kind, with the name of each. */
interface ReceiptLine extends Omit<ReceiptItem, "name"> {
  names: readonly string[];
}

function linesOf({ items }: ReceiptView): ReceiptLine[] {
  const groups = Map.groupBy(items, ({ kind, alone }) => (alone ? `${kind} alone` : kind));
  return [...groups.values()].flatMap((own) =>
    own.slice(0, 1).map(({ name: _, ...first }) => ({
      ...first,
      count: own.reduce((sum, { count }) => sum + count, 0),
      // A secret's name says nothing to people.
      names: first.kind === "secret" ? [] : own.flatMap(({ name }) => name ?? []),
    })),
  );
}

function Line({ line, seats }: { line: ReceiptLine; seats: number }) {
  const [name, ...others] = line.names;
  return (
    <li>
      <b>{line.count}</b>
      <span>
        {lineText(line, seats)}
        {name && others.length === 0 && (
          <>
            , <span class="mono small">{name}</span>
          </>
        )}
        {others.length > 0 && (
          <span class="names mono small">
            {line.names.map((each) => (
              <span key={each}>{each}</span>
            ))}
          </span>
        )}
      </span>
      <span class="gone">
        <Icon name="check" small />
        gone
      </span>
    </li>
  );
}

function lineText(item: Pick<ReceiptItem, "kind" | "count" | "bytes" | "alone">, seats: number): string {
  const plural = item.count === 1 ? "" : "s";
  switch (item.kind) {
    case "processes":
      return `${item.count === 1 ? "process" : "processes"} of ${count(seats, "seat")}`;
    case "directories":
      return `seat ${item.count === 1 ? "directory" : "directories"}${item.bytes ? `, ${bytes(item.bytes)}` : ""}`;
    case "sockets":
      return `socket${plural}`;
    case "machine":
      return item.alone ? `machine${plural}, removed by the cloud at the end of its time` : `machine${plural}`;
    case "name":
      return `public name${plural}`;
    case "secret":
      return `sealed API key${plural}`;
  }
}

function summary({ learners, seconds }: ReceiptView): string {
  const who = learners === 0 ? "nobody joined" : count(learners, "learner");
  return [who, seconds > 0 ? span(seconds * 1000) : "never started"].join(" · ");
}

function useLines(use: LlmReceipt | undefined): string[] {
  if (!use) return [];
  const line = (of: LlmUse) => `${dollars(of.usd)}, ${amounts(of)}`;
  return [`Claude: ${line(use)}`, ...use.seats.map((seat) => `  seat ${two(seat.seat)}: ${line(seat)}`)];
}

function asText(receipt: ReceiptView, { name, id, now, seats }: ShownWorkshop): string {
  return [
    `Nothing is left running: ${name} (${id})`,
    `Removed on ${shown("moment", receipt.removedAt, now)}, looked for again at ${shown("seconds", receipt.checkedAt, now)}.`,
    ...linesOf(receipt).map((line) => `${[`${line.count} ${lineText(line, seats.length)}`, ...line.names].join(", ")}: gone`),
    ...useLines(receipt.llm),
    ...costLines(receipt.cost),
    summary(receipt),
  ].join("\n");
}

/** Everyone's work, while it is kept. */
export function Archive({
  archive,
  kept,
  unpacked,
  learners,
  id,
  now,
}: {
  archive: ArchiveView | undefined;
  kept: boolean;
  /** It was to be kept, and none of it could be packed. */
  unpacked: boolean;
  /** Who ever joined. */
  learners: number;
  id: string;
  now: string;
}) {
  if (!archive) return <Panel>{whyNone(kept, unpacked, learners)}</Panel>;
  return (
    <Panel
      buttons={
        <div class="buttons">
          <a class="button primary wide" href={`/workshops/${id}/archive.zip`} download>
            <Icon name="download" />
            Download, {bytes(archive.bytes)}
          </a>
          <a class="button wide" href={`/workshops/${id}/archive`} data-ask>
            Delete it now…
          </a>
        </div>
      }
    >
      One archive with a folder for {archive.folders === 1 ? "the one learner" : `each of the ${archive.folders} learners`}. It is
      deleted on <Time at={archive.keptUntil} now={now} show="dayClock" />.
      {archive.missing && (
        <>
          {" "}
          <strong>Not in it:</strong> {archive.missing.join(" ")}
        </>
      )}
    </Panel>
  );
}

function whyNone(kept: boolean, unpacked: boolean, learners: number): string {
  if (kept) return "The archive is gone: it was deleted, or its time was over.";
  if (learners === 0) return "Nobody joined, so there was none to keep.";
  if (unpacked) return "Nothing was kept: it was not packed before its machine was gone.";
  return "Nothing was kept, as you chose when you stopped the workshop.";
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
