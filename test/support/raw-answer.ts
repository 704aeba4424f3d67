import { until } from "./until.ts";

/** What a server on this computer says to bytes as they are: the head of its answer at least. */
export async function rawAnswer(port: number, bytes: string): Promise<string> {
  let text = "";
  const closed = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, piece) => {
        text += piece.toString();
      },
      close: () => closed.resolve(),
      error: () => closed.resolve(),
    },
  });
  socket.write(bytes);
  await Promise.race([closed.promise, until("an answer", () => text.includes("\r\n\r\n"))]);
  socket.terminate();
  return text;
}
