/** The part of @novnc/novnc that the preview uses; the package ships no types. */
declare module "@novnc/novnc" {
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: object, options?: { shared?: boolean });
    scaleViewport: boolean;
    clipViewport: boolean;
    /** Setting it to true asks for the pane's size at once. */
    resizeSession: boolean;
    qualityLevel: number;
    compressionLevel: number;
    background: string;
    disconnect(): void;
    focus(options?: FocusOptions): void;
    clipboardPasteFrom(text: string): void;
    /** Not public: asks the server for the size that `_screenSize` answers, 100 ms after the last time at the earliest. */
    _requestRemoteResize(): void;
    /** Not public: the size of the target element in CSS pixels. */
    _screenSize(): { w: number; h: number };
  }
}
