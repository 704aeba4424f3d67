/** Of a WebSocket, in bytes, the same at every door on the way: the largest is a screen's update going down; up, a paste's piece or a clipboard. */
export const FRAME_LIMIT = 1024 * 1024;
