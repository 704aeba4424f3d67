import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { placeOf } from "../../../../agent/ports/place.ts";
import { openPorts } from "../../../../agent/ports/ports.ts";
import { portCookies } from "../../../../agent/ports/sessions.ts";
import type { SeatHandle } from "../../../../agent/seats/seat.ts";
import { canRunDocker } from "../../../support/dockerd.ts";
import { newDocument, newSigner } from "../../../support/machine.ts";
import { seatsBeforeAll } from "../../../support/seats-before-all.ts";
import { until } from "../../../support/until.ts";

const MACHINE = "http://localhost:4101";
/** Debian's smallest system has Perl. It says who asked what by which name, and answers in two pieces. */
const server = (address: string, port: number) => `use IO::Socket::INET;
my $door = IO::Socket::INET->new(LocalAddr => "${address}", LocalPort => ${port}, Listen => 5, ReuseAddr => 1) or die;
while (my $one = $door->accept) {
  my $head = ""; while (<$one>) { $head .= $_; last if /^\\r?\\n$/ }
  print $one "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nConnection: close\\r\\n\\r\\n"; print $one $head, "the end"; close $one;
}`;

describe.skipIf(!canRunDocker)("learners' servers in containers (needs root, dockerd, iptables)", () => {
  const here = seatsBeforeAll([1, 2]);
  const key = randomBytes(32);

  test("a seat's own server is seen by looking and answers; the agent's listeners and the neighbour's servers are nobody's", async () => {
    const document = newDocument(await newSigner());
    const handles = new Map<number, SeatHandle>([
      [1, await here.seats.seat(1)],
      [2, await here.seats.seat(2)],
    ]);
    const handle = (seat: number) => handles.get(seat) as SeatHandle;
    const ports = openPorts({
      ...{ document: () => document, key, ours: () => false, mayStay: () => {}, ready: handle },
      seat: ({ seat }) => handle(seat),
    });
    const agents = handle(1).listen?.(4000, { data: () => {} });
    const running = await handle(1).spawn(["perl", "-e", server("0.0.0.0", 3000)]);
    await until("the seat's server to be seen", async () => (await handle(1).listening?.())?.includes(3000));
    expect(await handle(1).listening?.()).toEqual([3000]);
    expect(await handle(2).listening?.()).toEqual([]);

    const said = async (seat: number, port: number) => {
      const place = placeOf(`0${seat}-${port}.localhost:4101`, new Set([MACHINE]));
      if (!place) throw new Error("no place");
      const cookie = portCookies(key, document.machine).session({ seat, port, generation: 1 }, place).split(";")[0] ?? "";
      const answer = await ports.answer(new Request(`${place.origin}/hello?x=1`, { headers: { cookie } }), place);
      if ("learners" in answer) return answer.learners.text();
      return "own" in answer ? answer.own.status : "a socket";
    };
    const text = await said(1, 3000);
    expect(text).toStartWith("GET /hello?x=1 HTTP/1.1\r\nhost: localhost:3000\r\n");
    expect(text).toEndWith("the end");
    expect(text).not.toContain("ct_port");
    expect(await said(2, 3000)).toBe(503);
    expect(await said(1, 4000)).toBe(503);
    agents?.stop(true);
    running.kill();
    await running.exited;
    await until("it to be seen no more", async () => (await handle(1).listening?.())?.length === 0);
    expect(await said(1, 3000)).toBe(503);
  });
});
