import { toast } from "../../shared/toast.ts";

/** Whether it is short enough to go to the seat's browser; where it isn't, the learner is told. @param most bytes of UTF-8 */
export function isPasteable(text: string, most: number): boolean {
  const fits = new Blob([text]).size <= most;
  if (!fits) toast("This is too long to paste.", "Upload it as a file instead.");
  return fits;
}

/** The other way: what was copied in the seat's browser stays there. */
export function sayLeftOut(): void {
  toast("This is too long to copy to your computer.", "Save it as a file and download that instead.");
}
