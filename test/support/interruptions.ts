/**
 * A relay that can break between any two ends at any call: it sees who speaks, so that it needs no key of what is encrypted.
 * - `cut`: the call breaks before it leaves
 * - `lost`: it arrived, and its answer is lost
 * - `answered`: nothing is lost; `struck` is called as soon as the answer is there
 * - `late`: it arrives when `struck` resolves, whoever sent it may be gone then
 */
export type Moment = "cut" | "lost" | "answered" | "late";

export interface Breaks {
  /** `GET /v1/x` of plain HTTP; of TLS, nothing. @returns where this call is broken, if at all */
  judge(call: string): Moment | undefined;
  /** It is broken here. The call goes on when this resolves. */
  struck(): Promise<unknown>;
}

export const UNBROKEN: Breaks = { judge: () => undefined, struck: async () => {} };

export interface Relayed extends Breaks {
  hostname?: string;
  port?: number;
  to: number;
}

interface End {
  other?: Bun.Socket<undefined>;
  early: Buffer[];
  /** Who spoke last: an answer ends a call, the next word begins another. */
  asks: boolean;
  broken?: Moment | undefined;
  holds?: boolean;
  /** A call may come in several pieces: each waits for the one before it. */
  turn: Promise<void>;
}

/** A connection's first bytes when TLS shakes hands: no call yet. */
const HANDSHAKE = 0x16;

export function startRelay({ hostname = "127.0.0.1", port = 0, to, judge, struck }: Relayed): { port: number; end(): void } {
  const answer = async (socket: Bun.Socket<End>, piece: Buffer): Promise<void> => {
    const { broken, asks } = socket.data;
    socket.data.asks = false;
    if (broken !== "lost") send(socket, piece);
    // Only the first piece of an answer.
    if (!broken || !asks) return;
    if (broken === "answered") socket.data.broken = undefined;
    await struck();
    if (broken === "lost") socket.terminate();
  };
  const ask = async (socket: Bun.Socket<End>, piece: Buffer): Promise<void> => {
    const begins = !socket.data.asks && piece[0] !== HANDSHAKE;
    socket.data.asks = piece[0] !== HANDSHAKE;
    if (begins) socket.data.broken = judge(lineOf(piece));
    if (socket.data.broken === "cut") {
      await struck();
      socket.terminate();
      return;
    }
    const { other, early } = socket.data;
    if (socket.data.broken === "late") {
      Object.assign(socket.data, { broken: undefined, holds: true });
      await struck();
      // The server has left the connection that was silent for so long.
      other?.end();
      Object.assign(socket.data, { other: undefined, early: [piece], holds: false });
      reach(socket);
    } else if (other) send(other, piece);
    else early.push(piece);
  };
  const reach = (socket: Bun.Socket<End>): void => {
    Bun.connect<undefined>({
      hostname: "127.0.0.1",
      port: to,
      socket: {
        open: (other) => {
          for (const piece of socket.data.early) send(other, piece);
          socket.data.other = other;
        },
        data: (_, piece) => void answer(socket, Buffer.from(piece)),
        drain: flush,
        close: (other) => void (socket.data.holds || socket.data.other !== other ? undefined : socket.end()),
      },
    }).catch(() => socket.end());
  };
  const server = Bun.listen<End>({
    hostname,
    port,
    socket: {
      open: (socket) => {
        socket.data = { early: [], asks: false, turn: Promise.resolve() };
        reach(socket);
      },
      data: (socket, piece) => {
        const own = Buffer.from(piece);
        socket.data.turn = socket.data.turn.then(() => ask(socket, own));
      },
      drain: flush,
      // What is held back arrives all the same.
      close: ({ data }) => void (data?.holds ? undefined : data?.other?.end()),
    },
  });
  return { port: server.port, end: () => server.stop(true) };
}

/** What a full socket didn't take yet. */
const waiting = new WeakMap<object, Buffer[]>();

function send(socket: Bun.Socket<unknown>, piece: Buffer): void {
  const left = waiting.get(socket) ?? [];
  waiting.set(socket, [...left, piece]);
  flush(socket);
}

function flush(socket: Bun.Socket<unknown>): void {
  const pieces = waiting.get(socket) ?? [];
  while (pieces[0]) {
    const written = socket.write(pieces[0]);
    if (written < pieces[0].length) {
      pieces[0] = pieces[0].subarray(Math.max(0, written));
      break;
    }
    pieces.shift();
  }
  waiting.set(socket, pieces);
}

/** The first line of plain HTTP: method and path. */
const lineOf = (piece: Buffer): string => /^[A-Z]+ \S+(?= HTTP\/1)/.exec(piece.subarray(0, 2000).toString("latin1"))?.[0] ?? "";
