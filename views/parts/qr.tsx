import { encode } from "uqr";

/** The link as a picture for phones: dark on light in both themes, because scanners want it so. */
export function Qr({ link, label }: { link: string; label: string }) {
  const { data, size } = encode(link, { ecc: "M", border: 0 });
  return (
    <div class="qr">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
        <path d={data.map(rowPath).join("")} />
      </svg>
    </div>
  );
}

/** Runs of dark modules as rectangles: a third of the bytes of one square a module. */
function rowPath(row: boolean[], y: number): string {
  let path = "";
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue;
    let end = x;
    while (row[end + 1]) end++;
    path += `M${x} ${y}h${end - x + 1}v1H${x}z`;
    x = end;
  }
  return path;
}
