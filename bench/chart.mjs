const width = 640;
const height = 360;
const margin = { left: 64, right: 150, top: 40, bottom: 48 };
const colours = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700'];
const plotWidth = width - margin.left - margin.right;
const plotHeight = height - margin.top - margin.bottom;

/**
 * Lines through measured points as SVG. `series` maps names to `[x, y]` pairs; the y axis begins at 0, so that flat
 * looks flat. `logX` for sizes that grow tenfold.
 */
export function lineChart({ title, xLabel, yLabel, series, logX = false }) {
  const points = Object.values(series).flat();
  const scaled = (x) => (logX ? Math.log10(x) : x);
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const [least, most] = [scaled(xs[0]), scaled(xs.at(-1))];
  const top = niceTop(Math.max(...points.map(([, y]) => y)));
  const placeX = (x) => margin.left + ((scaled(x) - least) / (most - least || 1)) * plotWidth;
  const placeY = (y) => margin.top + plotHeight - (y / top) * plotHeight;
  const marks = xs.length > 8 ? xs.filter((_, i) => i % Math.ceil(xs.length / 8) === 0) : xs;
  const text = (x, y, content, more = '') => `<text x="${round(x)}" y="${round(y)}"${more}>${content}</text>`;

  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = round(placeY(top * share));
    return `<path d="M${margin.left} ${y}h${plotWidth}" stroke="#d0d7de"/>${text(margin.left - 8, y + 4, label(top * share), ' text-anchor="end"')}`;
  });
  const ticks = marks.map((x) =>
    text(placeX(x), height - margin.bottom + 18, label(x), ' text-anchor="middle"'),
  );
  const lines = Object.entries(series).map(([name, pairs], i) => {
    const colour = colours[i % colours.length];
    const path = pairs.map(([x, y]) => `${round(placeX(x))} ${round(placeY(y))}`).join('L');
    const dots = pairs.length > 20 ? [] : pairs;
    return [
      `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...dots.map(
        ([x, y]) => `<circle cx="${round(placeX(x))}" cy="${round(placeY(y))}" r="3" fill="${colour}"/>`,
      ),
      text(width - margin.right + 12, margin.top + 14 + i * 18, name, ` fill="${colour}"`),
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(margin.left, 22, title, ' font-size="14" font-weight="bold"'),
    ...grid,
    ...ticks,
    text(margin.left + plotWidth / 2, height - 10, xLabel, ' text-anchor="middle"'),
    text(14, margin.top - 8, yLabel),
    ...lines,
    '</svg>\n',
  ].join('\n');
}

const round = (value) => Number(value.toFixed(1));
const label = (value) =>
  value >= 1_000 ? value.toLocaleString('en-US') : String(Number(value.toPrecision(3)));

/** The next of 1, 2, 2.5, 5, 10 … above. */
function niceTop(value) {
  const unit = 10 ** Math.floor(Math.log10(value || 1));
  return unit * ([1, 2, 2.5, 5, 10].find((step) => step * unit >= value) ?? 10);
}
