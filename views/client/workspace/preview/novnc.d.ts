/** The part of @novnc/novnc that the preview uses; the package ships no types. Names with an underscore aren't public: its version is pinned. */
declare module "@novnc/novnc" {
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: object, options?: { shared?: boolean });
    scaleViewport: boolean;
    clipViewport: boolean;
    /** One finger, or the pointer, moves the picture instead of what is in it. */
    dragViewport: boolean;
    /** Setting it to true asks for the pane's size at once. */
    resizeSession: boolean;
    qualityLevel: number;
    compressionLevel: number;
    background: string;
    disconnect(): void;
    focus(options?: FocusOptions): void;
    blur(): void;
    clipboardPasteFrom(text: string): void;
    /** Without `down`: pressed and let go. */
    sendKey(keysym: number, code: string, down?: boolean): void;
    /** Asks the server for the size that `_screenSize` answers, 100 ms after the last time at the earliest. */
    _requestRemoteResize(): void;
    /** The size of the target element in CSS pixels. */
    _screenSize(): { w: number; h: number };
    /** Listens on its target from the screen's first message until the end. */
    _keyboard: { _target: HTMLElement };
    _handleKeyEvent(keysym: number, code: string, down: boolean, numlock: boolean | null, capslock: boolean | null): void;
    /** Goes on with an update; true when it has all of it. */
    _framebufferUpdate(): boolean;
    /** Changes come without being asked for; else noVNC asks for the next when it has the last. */
    _enabledContinuousUpdates: boolean;
    /** Lets the server send changes without being asked, where it knows how. */
    _updateContinuousUpdates(): void;
    /** It sent a fence: it answers those that it is sent. */
    _supportsFence: boolean;
    /** Takes a fence off the queue; false when more of it has to come. */
    _handleServerFenceMsg(): boolean;
    /** The same of what was copied there. */
    _handleServerCutText(): boolean;
    _sock: {
      /** True when fewer bytes wait; then it goes back by `back` of those that were taken. */
      rQwait(what: string, bytes: number, back: number): boolean;
      rQpeekBytes(bytes: number): Uint8Array;
      rQskipBytes(bytes: number): void;
    };
    /** How many of its rectangles are still to come; 0 between two updates. */
    _FBU: { rects: number };
  }
}
