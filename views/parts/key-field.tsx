import { Field } from "./field.tsx";

/** Where a key is typed; a sealed one is never shown. Scripts fill in the notes meanwhile (views/client/portal/key-trial.ts, short-key.ts). */
export function KeyField({ hint, problem }: { hint: string; problem: string | undefined }) {
  const notes = (
    <>
      <p class="doubt" role="status" data-cut-off hidden>
        This looks cut off. If your key is that short, go on.
      </p>
      <p class="hint" role="status" data-key-trial />
    </>
  );
  return (
    <Field id="apiKey" label="LLM API key" hint={hint} problem={problem} note={notes}>
      {(control) => (
        <input
          {...control}
          name="apiKey"
          type="password"
          class="mono"
          placeholder="sk-ant-…"
          required
          autocomplete="off"
          spellcheck={false}
        />
      )}
    </Field>
  );
}
