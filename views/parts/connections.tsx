import { type ConnectionsView, offered, type PairView } from "../connections.ts";

interface ConnectionsProps {
  /** Where they are changed. */
  address: string;
  connections: ConnectionsView;
  /** Whether that can be asked of the seat now. */
  may: boolean;
}

/** What a seat is connected with; what people change stays when it is refreshed. */
export function Connections({ address, connections, may }: ConnectionsProps) {
  const { established, undesired, warnings } = connections;
  const nothing = established.length + undesired.length === 0;
  return (
    <>
      {nothing && <p class="pad quieter">It has none: its definition names none, and nobody connected anything.</p>}
      {!nothing && (
        <ul class="connections">
          {established.map((pair) => (
            <Pair key={keyOf(pair)} pair={pair} address={address} action={may ? "disconnect" : undefined}>
              <span class="quieter small">
                {pair.interface}, {pair.auto ? "by itself" : "by hand"}
              </span>
            </Pair>
          ))}
          {undesired.map((pair) => (
            <Pair key={keyOf(pair)} pair={pair} address={address} action={may ? "connect" : undefined}>
              <span class="quieter small">disconnected by hand</span>
            </Pair>
          ))}
        </ul>
      )}
      {warnings.map((warning) => (
        <p key={warning} class="pad quieter small">
          {warning}
        </p>
      ))}
      {may && <ConnectForm address={address} connections={connections} />}
    </>
  );
}

/** As the forms send it: names have no spaces. */
const keyOf = ({ plug, slot }: PairView): string => `${plug} ${slot}`;

interface PairProps {
  pair: PairView;
  address: string;
  action: "connect" | "disconnect" | undefined;
  children: preact.ComponentChildren;
}

function Pair({ pair: { plug, slot }, address, action, children }: PairProps) {
  return (
    <li>
      <span>
        <span class="mono">
          {plug} → {slot}
        </span>{" "}
        {children}
      </span>
      {action && (
        <form method="post" action={address}>
          <input type="hidden" name="action" value={action} />
          <input type="hidden" name="pair" value={keyOf({ plug, slot })} />
          <button type="submit" class="button tiny">
            {action === "connect" ? "Connect" : "Disconnect"}
            <span class="only-read">
              {" "}
              {plug} and {slot}
            </span>
          </button>
        </form>
      )}
    </li>
  );
}

/** One choice of what fits: of two, most pairs could never be. */
function ConnectForm({ address, connections }: Omit<ConnectionsProps, "may">) {
  const pairs = offered(connections);
  if (pairs.length === 0) return null;
  return (
    <form method="post" action={address} class="pad connect">
      <input type="hidden" name="action" value="connect" />
      <p class="field">
        <label for="pair">Plug, which uses it, and slot, which offers it</label>
        <select id="pair" name="pair" class="mono">
          {pairs.map(({ plug, slots }) => (
            <optgroup key={plug.name} label={`${plug.name} (${plug.interface})`}>
              {slots.map((slot) => (
                <option key={slot.name} value={keyOf({ plug: plug.name, slot: slot.name })}>
                  {plug.name} → {slot.name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </p>
      <button type="submit" class="button">
        Connect
      </button>
    </form>
  );
}
