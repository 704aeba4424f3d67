/** The code of a workshop, sized by its length to fill its place; the hyphen ends the first line where there must be two. */
export function Code({ code }: { code: string }) {
  const cut = code.lastIndexOf("-") + 1;
  return (
    <p class="code" data-chars={code.length}>
      {code.slice(0, cut)}
      <i>{code.slice(cut)}</i>
    </p>
  );
}
