import { Problem } from "../contract/errors.ts";
import {
  MAIN,
  type SeatTerminal,
  TERMINAL_NAME,
  TERMINAL_TITLE,
  TERMINALS_PER_SEAT,
  type TerminalList,
} from "../contract/terminal.ts";
import type { Finished, SeatHandle } from "../seats/seat.ts";

/** `{"title": "…"}` of twenty characters, every one of them escaped. */
export const TITLE_BODY_LIMIT = 512;

/** A pane a line. A title is written by nobody but us, yet the learner's own tmux may say anything: what doesn't read right isn't listed. */
const PANE = "#{session_name}|#{session_created}|#{pane_current_command}|#{@title}";
const PANE_SAID = /^([a-z0-9-]+)\|(\d+)\|([^|]*)\|(.*)$/;

/** Of a program's name, which is the learner's to choose. */
const PROGRAM_LIMIT = 40;

/** What waits in a terminal where nothing runs. */
const SHELLS = new Set(["bash", "-bash", "sh", "dash", "zsh", "fish"]);

/** `main` is the seat's address without a name. @throws Problem for a name that no terminal can have */
export function nameIn(url: URL): string {
  return checked(url.searchParams.get("name") ?? MAIN);
}

/** The terminals of all seats by name. They are sessions of the seats' own tmux and nowhere else: they outlive page and agent. */
export class Sessions {
  /** One after the other in each seat, or two pages would make the eighth at once. */
  readonly #turns = new Map<number, Promise<unknown>>();
  /** By seat, what was there at the last look and what was made since: no second look for those. */
  readonly #known = new Map<number, Set<string>>();

  /** @param changed called when a seat's terminals became others, or are called otherwise */
  constructor(private readonly changed: (seat: number) => void) {}

  /** `GET`, `POST /vm/NN/terminals`, `PUT`, `DELETE /vm/NN/terminals/NAME` */
  handle(request: Request, seat: SeatHandle, name?: string): Promise<Response> {
    if (request.method === "POST") return this.#add(seat);
    if (request.method === "PUT") return this.#call(seat, name, request);
    return request.method === "DELETE" ? this.#end(seat, name) : this.#list(seat);
  }

  async #list(seat: SeatHandle): Promise<Response> {
    const terminals = await this.#inTurn(seat, () => this.#look(seat));
    return Response.json({ terminals, limit: TERMINALS_PER_SEAT } satisfies TerminalList, NOT_KEPT);
  }

  /** The lowest free name. */
  async #add(seat: SeatHandle): Promise<Response> {
    const name = await this.#inTurn(seat, async () => {
      const taken = await this.#look(seat);
      const free = freeName(taken);
      await this.#make(seat, free, taken);
      return free;
    });
    return Response.json({ name, title: name } satisfies SeatTerminal, { ...NOT_KEPT, status: 201 });
  }

  async #call(seat: SeatHandle, name: string | undefined, request: Request): Promise<Response> {
    const session = checked(name);
    const title = titleIn(await request.text());
    const done = await this.#inTurn(seat, () => ask(seat, ["set-option", "-t", `=${session}:`, "@title", title]));
    if (done.code !== 0) throw unknown(session);
    this.changed(seat.seat);
    return new Response(null, { status: 204 });
  }

  /** Ends what runs in it. One that isn't there any more is no trouble. */
  async #end(seat: SeatHandle, name: string | undefined): Promise<Response> {
    const session = checked(name);
    if (session === MAIN)
      throw new Problem("STATE_CONFLICT", `"${MAIN}" is the terminal that every seat has. Type "exit" in it for a new shell.`);
    await this.#inTurn(seat, () => ask(seat, ["kill-session", "-t", `=${session}`]));
    this.forget(seat.seat, session);
    return new Response(null, { status: 204 });
  }

  /** Makes the session unless it is there. @throws Problem when the seat has as many as it may */
  async ensure(seat: SeatHandle, name: string): Promise<void> {
    if (name === MAIN || this.#known.get(seat.seat)?.has(name)) return;
    await this.#inTurn(seat, async () => {
      const there = await this.#look(seat);
      if (!there.some((one) => one.name === name)) await this.#make(seat, name, there);
    });
  }

  /** It has ended, perhaps: to be looked for when it is asked for again. */
  forget(seat: number, name: string): void {
    if (name === MAIN) return;
    this.#known.get(seat)?.delete(name);
    this.changed(seat);
  }

  async #look(seat: SeatHandle): Promise<SeatTerminal[]> {
    const { code, stdout } = await ask(seat, ["list-panes", "-a", "-F", PANE]);
    // No server yet: a container's begins with the first viewer.
    const terminals = terminalsOf(code === 0 ? stdout : "");
    this.#known.set(seat.seat, new Set(terminals.map(({ name }) => name)));
    return terminals;
  }

  async #make(seat: SeatHandle, name: string, there: readonly SeatTerminal[]): Promise<void> {
    if (there.length >= TERMINALS_PER_SEAT)
      throw new Problem(
        "STATE_CONFLICT",
        `This seat has ${there.length} terminals open, as many as it may: close one that you don't need, then open a new one.`,
      );
    const done = await ask(seat, ["new-session", "-d", "-s", name]);
    if (done.code !== 0)
      throw new Problem("UNAVAILABLE", `tmux makes no terminal "${name}": ${done.stderr.trim().slice(0, 200)}`);
    this.#known.get(seat.seat)?.add(name);
    this.changed(seat.seat);
  }

  #inTurn<T>(seat: SeatHandle, act: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(seat.seat) ?? Promise.resolve();
    const mine = before.then(act);
    this.#turns.set(
      seat.seat,
      mine.catch(() => {}),
    );
    return mine;
  }
}

const NOT_KEPT = { headers: { "cache-control": "no-store" } };

/** @throws Problem when tmux doesn't answer */
async function ask(seat: SeatHandle, argv: readonly string[]): Promise<Finished> {
  try {
    return await seat.askTmux(argv);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("UNAVAILABLE", "This seat's tmux doesn't answer: try again in a moment.", { cause, retryAfterSeconds: 1 });
  }
}

/** What `PANE` said of all panes, a session once. */
function terminalsOf(said: string): SeatTerminal[] {
  const found = new Map<string, SeatTerminal & { made: number }>([[MAIN, { name: MAIN, title: MAIN, made: 0 }]]);
  for (const line of said.split("\n")) {
    const [, name = "", made, program = "", title = ""] = PANE_SAID.exec(line) ?? [];
    if (!TERMINAL_NAME.test(name)) continue;
    const one = found.get(name) ?? { name, title: name, made: Number(made) };
    if (TERMINAL_TITLE.test(title)) one.title = title;
    if (program !== "" && !SHELLS.has(program)) one.running = program.slice(0, PROGRAM_LIMIT);
    found.set(name, one);
  }
  const inOrder = [...found.values()].sort((a, b) => a.made - b.made || a.name.localeCompare(b.name, "en", { numeric: true }));
  return inOrder.map(({ made: _, ...terminal }) => terminal);
}

function freeName(taken: readonly SeatTerminal[]): string {
  for (let number = 2; ; number++) {
    const name = `shell-${number}`;
    if (!taken.some((one) => one.name === name)) return name;
  }
}

function checked(name: string | undefined): string {
  if (name !== undefined && TERMINAL_NAME.test(name)) return name;
  throw new Problem(
    "INVALID_INPUT",
    `"${(name ?? "").slice(0, 40)}" can't be a terminal's name: use 1 to 20 of a–z, 0–9 and "-", for example "server".`,
  );
}

function titleIn(body: string): string {
  const { title } = (parsed(body) ?? {}) as { title?: unknown };
  if (typeof title === "string" && TERMINAL_TITLE.test(title)) return title;
  throw new Problem(
    "INVALID_INPUT",
    'A terminal\'s title has 1 to 20 letters, digits, spaces, ".", "_" or "-", and begins with a letter or digit: {"title": "server"}.',
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const unknown = (name: string): Problem =>
  new Problem("NOT_FOUND", `This seat has no terminal "${name}" any more: load the list again.`);
