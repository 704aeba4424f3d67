/** RFC 8489: a binding request is answered with the address that it came from. */
export interface StunServer {
  port: number;
  /** Answers nothing from now on, as behind a wall. */
  mute(): void;
  end(): void;
}

const REQUEST = 0x0001;
const SUCCESS = 0x0101;
const COOKIE = 0x2112a442;
const XOR_MAPPED_ADDRESS = 0x0020;
/** In place of the true one, which a browser would know already. */
const SEEN_FROM = [203, 0, 113, 7] as const;

export async function startStun(): Promise<StunServer> {
  let isMute = false;
  const socket = await Bun.udpSocket({
    hostname: "0.0.0.0",
    socket: {
      // A browser that has its answer hangs up.
      error() {},
      data(socket, message, port, address) {
        if (!isMute && message.readUInt16BE(0) === REQUEST) socket.send(answerTo(message, port), port, address);
      },
    },
  });
  return {
    port: socket.port,
    mute: () => {
      isMute = true;
    },
    end: () => socket.close(),
  };
}

function answerTo(request: Buffer, port: number): Buffer {
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(SUCCESS, 0);
  answer.writeUInt16BE(12, 2);
  request.copy(answer, 4, 4, 20);
  answer.writeUInt16BE(XOR_MAPPED_ADDRESS, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt8(1, 25);
  answer.writeUInt16BE(port ^ (COOKIE >>> 16), 26);
  answer.writeUInt32BE((Buffer.from(SEEN_FROM).readUInt32BE(0) ^ COOKIE) >>> 0, 28);
  return answer;
}
