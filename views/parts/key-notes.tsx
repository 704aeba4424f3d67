/** Filled in by scripts while a key is typed (views/client/portal/key-trial.ts, short-key.ts). */
export function KeyNotes() {
  return (
    <>
      <p class="doubt" role="status" data-cut-off hidden>
        This looks cut off. If your key is that short, go on.
      </p>
      <p class="hint" role="status" data-key-trial />
    </>
  );
}
