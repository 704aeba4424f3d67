/**
 * What the seat's browser shows while its picture is measured. A square at the top left has another colour for every picture drawn: which of them
 * arrive is read off it, whatever carries them.
 */
export const CLOCK_BITS = 14;
/** Beside it the time of each picture, in milliseconds, as Gray code: of one that is read while it is drawn a digit at most is wrong. */
const CLOCK = `<div id="bits" style="position:fixed;left:24px;top:0;z-index:9;display:flex">
${'<i style="width:24px;height:24px"></i>'.repeat(CLOCK_BITS)}</div>`;
const SQUARE = `<div id="square" style="position:fixed;left:0;top:0;width:24px;height:24px;z-index:9;background:#f0f"></div>${CLOCK}
<script>
let drawn = 0;
const drew = () => {
  drawn = (drawn + 1) % 8;
  square.style.background = "rgb(" + [drawn & 1, drawn & 2, drawn & 4].map((bit) => (bit ? 255 : 0)) + ")";
};
const begin = { still() {} };
const tell = () => {
  const ms = Date.now() % 2 ** bits.children.length;
  for (const [i, bit] of [...bits.children].entries()) bit.style.background = ((ms ^ (ms >> 1)) >> i) & 1 ? "#fff" : "#000";
};
addEventListener("keydown", drew);
</script>`;

const LINES = Array.from(
  { length: 120 },
  (_, i) => `<p>${i}. A variable is a name for a value; a function is a name for some steps.</p>`,
);

/** `lesson`: text that is typed and scrolled, ten times a second. `scroll`: text runs, `motion`: everything moves, as often as the browser draws. */
export const MEASURED_PAGE = `<!doctype html><body style="margin:32px;font:16px sans-serif">${SQUARE}
<canvas id="all" hidden style="position:fixed;inset:0"></canvas><textarea id="typed" rows="4" cols="60"></textarea>${LINES.join("")}
<script>
begin.lesson = () => setInterval(() => {
  typed.value = (typed.value + "print(" + drawn + ") ").slice(-200);
  scrollTo(0, (scrollY + 24) % 1200);
  drew();
}, 100);
begin.scroll = () => {
  const draw = () => {
    scrollTo(0, (scrollY + 24) % 1200);
    tell();
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
};
begin.motion = () => {
  all.hidden = false;
  all.width = innerWidth;
  all.height = innerHeight;
  const pen = all.getContext("2d");
  pen.font = "16px sans-serif";
  const draw = (at) => {
    pen.fillStyle = "white";
    pen.fillRect(0, 0, all.width, all.height);
    for (let i = 0; i < 40; i++) {
      pen.fillStyle = "black";
      pen.fillText("line " + i + " of a text that runs through the picture", (at / 5 + i * 37) % all.width - 100, i * 18);
    }
    for (let i = 0; i < 30; i++) {
      pen.fillStyle = "hsl(" + i * 12 + " 80% 50%)";
      pen.beginPath();
      pen.arc((at / (3 + i % 5) + i * 97) % all.width, (at / (4 + i % 7) + i * 53) % all.height, 24, 0, 7);
      pen.fill();
    }
    drew();
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
};
</script>`;
