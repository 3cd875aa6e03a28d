// Codes of test images as points on the plane, with the prior's circles: a canvas, since thousands
// of points move at once.

const DOT = 1.6; // radius in pixels

// A function that draws codes [x, y, x, y, ...]. `half` of the view's side, the prior's `radii` and a
// colour for each label are `look`.
export function drawCodes(canvas, label, { half, radii, colours }) {
  const context = canvas.getContext("2d");
  // Class by class, so that the colour changes ten times; and not always the same class on top.
  const classes = colours.map((colour, digit) => [colour, [...label.keys()].filter((i) => label[i] === digit)]);
  let shown = null;

  function draw() {
    const side = canvas.clientWidth;
    if (shown === null || side === 0) return;
    const sharp = window.devicePixelRatio;
    canvas.width = canvas.height = Math.round(side * sharp);
    context.scale(sharp, sharp);
    const [middle, scale] = [side / 2, side / 2 / half];
    for (const [colour, members] of classes) {
      context.fillStyle = colour;
      for (const i of members) {
        const [x, y] = [middle + shown[2 * i] * scale, middle - shown[2 * i + 1] * scale];
        context.fillRect(x - DOT, y - DOT, 2 * DOT, 2 * DOT);
      }
    }
    circles(middle, scale);
  }

  function circles(middle, scale) {
    context.strokeStyle = context.fillStyle = getComputedStyle(canvas).color;
    context.setLineDash([2, 3]);
    context.lineWidth = 1.5;
    context.font = `13px ${getComputedStyle(canvas).fontFamily}`;
    for (const radius of radii) {
      context.beginPath();
      context.arc(middle, middle, radius * scale, 0, 2 * Math.PI);
      context.stroke();
    }
    // Names keep apart from the points below them by a halo in the page's colour.
    context.strokeStyle = getComputedStyle(canvas).backgroundColor;
    context.lineWidth = 4;
    context.setLineDash([]);
    for (const radius of radii) {
      const corner = radius * scale * Math.SQRT1_2;
      const name = [`${radius}σ`, middle + corner + 2, middle - corner - 2];
      context.strokeText(...name);
      context.fillText(...name);
    }
  }

  new ResizeObserver(draw).observe(canvas);
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["class"] }); // the theme
  return (codes) => {
    shown = codes;
    draw();
  };
}
