/**
 * Of a WebSocket's message, in bytes: what a page sends, at every door on its way up (the largest are a paste's piece and a clipboard), and
 * what neko says to it. What a learner's own server says has a bound of its own, where it is carried.
 */
export const FRAME_LIMIT = 1024 * 1024;
