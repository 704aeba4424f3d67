/** Below it the garbage is collected in time: the engine counts objects well, and bytes behind them badly. */
const WORTH = 4096;

/**
 * Frees bytes that were sent on, which the engine would keep until it collects for another reason: 20 MB of a body's pieces, 5 MB of frames of 16 KiB.
 * Bytes that share their memory with others are left alone.
 */
export function giveBack({ buffer, byteLength }: Uint8Array<ArrayBuffer>): void {
  if (byteLength >= WORTH && byteLength === buffer.byteLength) buffer.transfer(0);
}
