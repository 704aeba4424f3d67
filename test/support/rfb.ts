import type { Peer, PeerHandler } from "../../agent/contract/peer.ts";

/** What a viewer's socket was closed with. */
export interface Closed {
  code: number;
  reason: string;
}

/** A small VNC viewer (RFC 6143, raw encoding) that sits where the WebSocket would: it sees the seat's screen pixel by pixel. */
export class RfbViewer {
  closed: Closed | undefined;
  width = 0;
  height = 0;
  name = "";
  readonly #handler: PeerHandler;
  #waiting: Uint8Array[] = [];
  #wake = () => {};

  /** @param view `previews.view` of a seat */
  constructor(view: (peer: Peer) => PeerHandler) {
    this.#handler = view({
      send: (data) => {
        this.#waiting.push(typeof data === "string" ? Buffer.from(data) : Uint8Array.from(data));
        this.#wake();
        return 1;
      },
      close: (code, reason) => {
        this.closed = { code, reason };
        this.#wake();
      },
      pause: () => {},
      resume: () => {},
    });
  }

  /** The handshake, without a password. @throws when the socket is closed meanwhile */
  async connect(): Promise<void> {
    const version = (await this.#take(12)).toString();
    if (version !== "RFB 003.008\n") throw new Error(`the server says "${version}"`);
    this.#say(Buffer.from(version));
    const types = await this.#take((await this.#take(1)).readUInt8());
    if (!types.includes(1)) throw new Error(`no security type "none" among ${[...types]}`);
    this.#say(Buffer.from([1]));
    if ((await this.#take(4)).readUInt32BE() !== 0) throw new Error("refused");
    this.#say(Buffer.from([1]));
    const init = await this.#take(24);
    [this.width, this.height] = [init.readUInt16BE(0), init.readUInt16BE(2)];
    this.name = (await this.#take(init.readUInt32BE(20))).toString();
    // Raw pixels, and the screen's size when it changes (ExtendedDesktopSize).
    this.#say(Buffer.from([2, 0, 0, 2, 0, 0, 0, 0, 0xff, 0xff, 0xfe, 0xcc]));
  }

  /** The whole screen as it is now: 4 bytes a pixel, blue, green, red, unused. */
  async picture(): Promise<Buffer> {
    this.#request(0);
    while (!(await this.#message())) {}
    return this.#picture;
  }

  /** `#rrggbb` at a place of the screen now. */
  async colour(x: number, y: number): Promise<string> {
    const at = (y * this.width + x) * 4;
    const [blue = 0, green = 0, red = 0] = (await this.picture()).subarray(at, at + 3);
    return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  }

  /** Asks for another size, as noVNC does (SetDesktopSize); the answer comes with a picture. */
  resize(width: number, height: number): void {
    const size = Buffer.alloc(4);
    size.writeUInt16BE(width, 0);
    size.writeUInt16BE(height, 2);
    const screen = Buffer.concat([Buffer.alloc(8), size, Buffer.alloc(4)]);
    this.#say(Buffer.concat([Buffer.from([251, 0]), size, Buffer.from([1, 0]), screen]));
  }

  click(x: number, y: number): void {
    for (const buttons of [0, 1, 0]) {
      const event = Buffer.from([5, buttons, 0, 0, 0, 0]);
      event.writeUInt16BE(x, 2);
      event.writeUInt16BE(y, 4);
      this.#say(event);
    }
  }

  type(text: string): void {
    for (const character of text) {
      for (const down of [1, 0]) {
        const event = Buffer.from([4, down, 0, 0, 0, 0, 0, 0]);
        event.writeUInt32BE(character === "\n" ? 0xff0d : (character.codePointAt(0) ?? 0), 4);
        this.#say(event);
      }
    }
  }

  /** As a page's clipboard field does: ClientCutText. */
  copy(text: string): void {
    const head = Buffer.from([6, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(text.length, 4);
    this.#say(Buffer.concat([head, Buffer.from(text, "latin1")]));
  }

  /** What the screen's programs copied last, as far as it was told. */
  cutText = "";

  close(): void {
    this.#handler.close();
  }

  #picture = Buffer.alloc(0);

  /** True once it was a picture. */
  async #message(): Promise<boolean> {
    const type = (await this.#take(1)).readUInt8();
    if (type === 2) return false;
    if (type === 3) {
      const length = (await this.#take(7)).readUInt32BE(3);
      this.cutText = (await this.#take(length)).toString("latin1");
      return false;
    }
    if (type !== 0) throw new Error(`message ${type}`);
    if (this.#picture.length === 0) this.#picture = Buffer.alloc(this.width * this.height * 4);
    const count = (await this.#take(3)).readUInt16BE(1);
    let pixels = false;
    for (let i = 0; i < count; i++) pixels = (await this.#rectangle()) || pixels;
    return pixels;
  }

  /** True when it had pixels: a screen's size comes first, by itself. */
  async #rectangle(): Promise<boolean> {
    const head = await this.#take(12);
    const [x, y, width, height] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number];
    if (head.readInt32BE(8) === -308) return this.#resized(width, height);
    if (head.readInt32BE(8) !== 0) throw new Error(`encoding ${head.readInt32BE(8)}`);
    const pixels = await this.#take(width * height * 4);
    for (let row = 0; row < height; row++)
      pixels.copy(this.#picture, ((y + row) * this.width + x) * 4, row * width * 4, (row + 1) * width * 4);
    return true;
  }

  async #resized(width: number, height: number): Promise<boolean> {
    const screens = (await this.#take(4)).readUInt8();
    await this.#take(16 * screens);
    if (this.width !== width || this.height !== height) this.#picture = Buffer.alloc(width * height * 4);
    [this.width, this.height] = [width, height];
    // It is the whole answer: the pixels are asked for once more.
    this.#request(1);
    return false;
  }

  #request(onlyChanges: 0 | 1): void {
    const request = Buffer.from([3, onlyChanges, 0, 0, 0, 0, 0, 0, 0, 0]);
    request.writeUInt16BE(this.width, 6);
    request.writeUInt16BE(this.height, 8);
    this.#say(request);
  }

  #say(bytes: Uint8Array): void {
    this.#handler.message(bytes);
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#waiting.reduce((sum, piece) => sum + piece.length, 0) < count) {
      if (this.closed) throw new Error(`closed with ${this.closed.code}: ${this.closed.reason}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [all.subarray(count)];
    return Buffer.from(all.subarray(0, count));
  }
}
