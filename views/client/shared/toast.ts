/** Long enough to read a sentence; the pointer on it holds it. */
const SHOWN_MS = 5000;
const CHECK = "m4.5 10.5 3.6 3.6 7.4-8";

/** Says at the foot of the page what the person just did. */
export function toast(text: string): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  const said = document.createElement("div");
  said.className = "toast";
  said.append(checkMark(), text);
  place.replaceChildren(said);
  let timer = setTimeout(() => said.remove(), SHOWN_MS);
  said.addEventListener("pointerenter", () => clearTimeout(timer));
  said.addEventListener("pointerleave", () => {
    timer = setTimeout(() => said.remove(), SHOWN_MS);
  });
}

function checkMark(): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", CHECK);
  svg.append(path);
  return svg;
}
