import { Use } from "../parts/icon.tsx";

/** In the preview's bar, while something listens on the seat: shows or hides the card. */
export function PortsTool() {
  return (
    <button
      type="button"
      class="button quiet square"
      data-act="ports"
      aria-label="Your servers"
      title="Your servers"
      aria-expanded={false}
      aria-controls="ports"
      hidden
    >
      <Use name="link" />
    </button>
  );
}

/** At the preview's foot: what listens, each with a link to a tab of its own. */
export function PortsCard() {
  const close = "Close the list of your servers";
  return (
    <div class="ports" id="ports" data-ports role="status" hidden>
      <ul data-ports-list aria-label="Your servers" />
      <p data-ports-why hidden />
      <button type="button" class="button quiet square" data-act="ports-close" aria-label={close} title={close}>
        <Use name="close" />
      </button>
    </div>
  );
}
