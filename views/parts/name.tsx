/** The name with its mark; a link home where there is one. */
export function Name({ href }: { href?: string }) {
  const inside = (
    <>
      <svg viewBox="0 0 26 26" aria-hidden="true">
        <rect class="plate" width="26" height="26" rx="6" />
        <path class="chalk" d="m7 8.500 4.500 4.500L7 17.500M14 18h5.500" />
      </svg>
      ClaraTeach
    </>
  );
  return href ? (
    <a class="name" href={href}>
      {inside}
    </a>
  ) : (
    <span class="name">{inside}</span>
  );
}
